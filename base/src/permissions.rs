//! The permissions baked into the binary, and what the program may ask of them.

use std::sync::Arc;

use deno_core::{OpState, op2};
use deno_error::JsErrorBox;
use deno_permissions::{
    Permissions, PermissionsContainer, PermissionsOptions, PermissionState,
    RuntimePermissionDescriptorParser,
};
use sys_traits::impls::RealSys;

/// The permissions of the whole run.
pub fn container(options: &PermissionsOptions) -> Result<PermissionsContainer, String> {
    // Makes a refusal say that the binary must be compiled anew, as stock does.
    deno_permissions::mark_standalone();
    let parser = Arc::new(RuntimePermissionDescriptorParser::new(RealSys));
    let permissions = Permissions::from_options(parser.as_ref(), options).map_err(|e| e.to_string())?;
    Ok(PermissionsContainer::new(parser, permissions))
}

/// The state of one whole permission, in stock's words.
#[op2]
#[string]
pub fn op_base_permission(
    state: &mut OpState,
    #[string] name: &str,
    revoke: bool,
) -> Result<&'static str, JsErrorBox> {
    let all = state.borrow_mut::<PermissionsContainer>();
    let outcome = match (name, revoke) {
        ("read", false) => all.query_read(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("read", true) => all.revoke_read(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("write", false) => all.query_write(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("write", true) => all.revoke_write(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("net", false) => all.query_net(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("net", true) => all.revoke_net(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("env", false) => all.query_env(None),
        ("env", true) => all.revoke_env(None),
        ("sys", false) => all.query_sys(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("sys", true) => all.revoke_sys(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("run", false) => all.query_run(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("run", true) => all.revoke_run(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("ffi", false) => all.query_ffi(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("ffi", true) => all.revoke_ffi(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("import", false) => all.query_import(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        ("import", true) => all.revoke_import(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
        _ => {
            return Err(JsErrorBox::type_error(format!(
                "The provided value \"{name}\" is not a valid permission name"
            )));
        }
    };
    Ok(match outcome {
        PermissionState::Granted | PermissionState::GrantedPartial => "granted",
        PermissionState::Prompt => "prompt",
        PermissionState::Denied | PermissionState::DeniedPartial | PermissionState::Ignored => {
            "denied"
        }
    })
}
