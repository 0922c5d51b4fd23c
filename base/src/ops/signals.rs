//! Signals as a resource that is asked for the next one.

use std::rc::Rc;

use deno_error::JsErrorBox;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Mutex;

use crate::errors::of_system;
use crate::state::{self, Resource};

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

pub fn op_base_signal_bind(name: &str) -> Result<u32, JsErrorBox> {
    let number =
        number(name).ok_or_else(|| JsErrorBox::type_error(format!("Invalid signal: {name}")))?;
    if number == libc::SIGKILL || number == libc::SIGSTOP {
        return Err(JsErrorBox::type_error(format!("Binding to signal '{name}' is not allowed")));
    }
    let signal = signal(SignalKind::from_raw(number)).map_err(of_system)?;
    Ok(state::add(Resource::Signal(Rc::new(Mutex::new(signal)))))
}

/// Waits for one arrival; false where none can come any more.
pub async fn op_base_signal_next(rid: u32) -> Result<bool, JsErrorBox> {
    let Some(Resource::Signal(signal)) = state::get(rid) else {
        return Err(state::bad_resource());
    };
    let mut signal = signal.lock().await;
    Ok(signal.recv().await.is_some())
}
