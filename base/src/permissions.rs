//! The permissions baked into the binary, and what the program may ask of them.

use std::sync::Arc;

use deno_error::JsErrorBox;
use deno_permissions::{
    Permissions, PermissionsContainer, PermissionsOptions, PermissionState,
    RuntimePermissionDescriptorParser,
};
use sys_traits::impls::RealSys;

/// The permissions of the whole run.
pub fn container(options: &PermissionsOptions) -> Result<PermissionsContainer, String> {
    // Makes a refusal say that the binary must be compiled again, as stock does.
    deno_permissions::mark_standalone();
    let parser = Arc::new(RuntimePermissionDescriptorParser::new(RealSys));
    let permissions = Permissions::from_options(parser.as_ref(), options).map_err(|e| e.to_string())?;
    Ok(PermissionsContainer::new(parser, permissions))
}

/// Gives up one whole permission; its state then, in stock's words.
pub fn op_base_revoke(
    name: &str,
) -> Result<&'static str, JsErrorBox> {
    let all = crate::state::permissions();
    // The two that the program gives up once it has started.
    let outcome = match name {
        "env" => all.revoke_env(None),
        "sys" => all.revoke_sys(None).map_err(|e| JsErrorBox::generic(e.to_string()))?,
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
