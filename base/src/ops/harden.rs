//! What the program may ask of the system to have less power.

use deno_error::JsErrorBox;

use crate::errors::of_system;
use crate::state::permissions;
use crate::sandbox::{landlock, process, user};

/// Becomes that user and group, with nothing else.
pub fn op_base_drop_to(uid: u32, gid: u32) -> Result<(), JsErrorBox> {
    for kind in ["uid", "gid"] {
        permissions().check_sys(kind, "dropTo()").map_err(JsErrorBox::from_err)?;
    }
    user::drop_to(uid, gid).map_err(of_system)
}

/// Gives up every capability, and stays the user.
pub fn op_base_drop_capabilities() -> Result<(), JsErrorBox> {
    user::drop_capabilities().map_err(of_system)
}

/// Whether that user and group could write to what stands at a path; fails
/// where this process may not change its user.
pub fn op_base_could_write(
    path: &str,
    uid: u32,
    gid: u32,
) -> Result<bool, JsErrorBox> {
    if !permissions().query_read_all() {
        return Err(JsErrorBox::generic("there is no right to read any file"));
    }
    user::could_write(path, uid, gid).map_err(of_system)
}

/// Confines file access to these paths; returns what is in force, in words.
pub fn op_base_restrict(
    read: Vec<String>,
    write: Vec<String>,
) -> Result<String, JsErrorBox> {
    landlock::restrict(&read, &write).map_err(of_system)
}

/// What was put in force before the program started, in words.
pub fn op_base_sandbox() -> String {
    process::in_force()
}
