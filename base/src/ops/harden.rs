//! What the program may ask of the system to have less power.

use deno_core::{OpState, op2};
use deno_error::JsErrorBox;
use deno_permissions::PermissionsContainer;

use crate::sandbox::{landlock, process, user};

/// Becomes that user and group, with nothing else.
#[op2(fast)]
pub fn op_base_drop_to(state: &mut OpState, uid: u32, gid: u32) -> Result<(), JsErrorBox> {
    let permissions = state.borrow::<PermissionsContainer>();
    for kind in ["uid", "gid"] {
        permissions.check_sys(kind, "dropTo()").map_err(JsErrorBox::from_err)?;
    }
    user::drop_to(uid, gid).map_err(JsErrorBox::from_err)
}

/// Gives up every capability, and stays the user.
#[op2(fast)]
pub fn op_base_drop_capabilities() -> Result<(), JsErrorBox> {
    user::drop_capabilities().map_err(JsErrorBox::from_err)
}

/// Whether that user and group could write to what stands at a path; fails
/// where this process may not change its user.
#[op2(fast)]
pub fn op_base_could_write(
    state: &mut OpState,
    #[string] path: &str,
    uid: u32,
    gid: u32,
) -> Result<bool, JsErrorBox> {
    if !state.borrow::<PermissionsContainer>().query_read_all() {
        return Err(JsErrorBox::generic("there is no right to read any file"));
    }
    user::could_write(path, uid, gid).map_err(JsErrorBox::from_err)
}

/// Confines file access to these paths; returns what is in force, in words.
#[op2]
#[string]
pub fn op_base_restrict(
    #[serde] read: Vec<String>,
    #[serde] write: Vec<String>,
) -> Result<String, JsErrorBox> {
    landlock::restrict(&read, &write).map_err(JsErrorBox::from_err)
}

/// What was put in force before the program started, in words.
#[op2]
#[string]
pub fn op_base_sandbox() -> String {
    process::in_force()
}
