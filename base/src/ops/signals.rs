//! Signals as a resource that is asked for the next one.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use deno_core::{AsyncRefCell, OpState, RcRef, Resource, ResourceId, op2};
use deno_error::JsErrorBox;
use tokio::signal::unix::{Signal, SignalKind, signal};

struct SignalResource(AsyncRefCell<Signal>);

impl Resource for SignalResource {
    fn name(&self) -> Cow<'_, str> {
        "signal".into()
    }
}

fn number(name: &str) -> Option<i32> {
    Some(match name {
        "SIGHUP" => libc::SIGHUP,
        "SIGINT" => libc::SIGINT,
        "SIGQUIT" => libc::SIGQUIT,
        "SIGALRM" => libc::SIGALRM,
        "SIGPIPE" => libc::SIGPIPE,
        "SIGTERM" => libc::SIGTERM,
        "SIGUSR1" => libc::SIGUSR1,
        "SIGUSR2" => libc::SIGUSR2,
        "SIGWINCH" => libc::SIGWINCH,
        "SIGKILL" => libc::SIGKILL,
        "SIGSTOP" => libc::SIGSTOP,
        _ => return None,
    })
}

#[op2(fast)]
#[smi]
pub fn op_base_signal_bind(
    state: &mut OpState,
    #[string] name: &str,
) -> Result<ResourceId, JsErrorBox> {
    let number =
        number(name).ok_or_else(|| JsErrorBox::type_error(format!("Invalid signal: {name}")))?;
    if number == libc::SIGKILL || number == libc::SIGSTOP {
        return Err(JsErrorBox::type_error(format!(
            "Binding to signal '{name}' is not allowed"
        )));
    }
    let signal = signal(SignalKind::from_raw(number)).map_err(JsErrorBox::from_err)?;
    Ok(state.resource_table.add(SignalResource(AsyncRefCell::new(signal))))
}

/// Waits for one arrival; false where none can come any more.
#[op2]
pub async fn op_base_signal_next(
    state: Rc<RefCell<OpState>>,
    #[smi] rid: ResourceId,
) -> Result<bool, JsErrorBox> {
    let resource = state
        .borrow()
        .resource_table
        .get::<SignalResource>(rid)
        .map_err(JsErrorBox::from_err)?;
    let mut signal = RcRef::map(&resource, |r| &r.0).borrow_mut().await;
    Ok(signal.recv().await.is_some())
}
