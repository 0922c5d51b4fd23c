//! What the program may call, by topic, under the names that the glue knows.

pub mod carrier;
pub mod digest;
pub mod files;
pub mod harden;
pub mod net;
pub mod process;
pub mod signals;
pub mod stdio;
pub mod terminal;
pub mod text;

use deno_error::JsErrorBox;

use crate::engine::turns::promise;
use crate::engine::{Function, Give, Outcome, Value, memory, register_class, timers};
use crate::{json, permissions, runtime, state};

/// What an operation gave, as a value.
fn give<T: Give>(outcome: Result<T, JsErrorBox>) -> Outcome {
    Ok(outcome?.give()?)
}

/// A table of functions, each under its own name.
macro_rules! functions {
    ($($name:ident: $run:expr,)*) => {
        &[$(Function {
            name: match std::ffi::CStr::from_bytes_with_nul(
                concat!(stringify!($name), "\0").as_bytes(),
            ) {
                Ok(name) => name,
                Err(_) => panic!("a name holds no NUL"),
            },
            run: $run,
        },)*]
    };
}

/// Every function, in the inner namespace that the glue knows.
pub const FUNCTIONS: &[Function] = functions! {
    // What the glue needs of the core.
    close: |a| give(if state::close(a.u32(0)?) { Ok(()) } else { Err(state::bad_resource()) }),
    tryClose: |a| give(Ok(state::close(a.u32(0)?))),
    shutdown: |a| net::shutdown(a.u32(0)?),
    createTimer: |a| {
        let values = a.value(2);
        let values = if values.is_undefined() { Vec::new() } else { values.items()? };
        give(Ok(timers::create(a.value(0), a.value(1).to_number()?, values, a.boolean(3)?)))
    },
    cancelTimer: |a| give(Ok(timers::cancel(a.number(0)?))),
    encode: |a| Ok(a.string(0)?.encoded()?),
    registerErrorClass: |a| give(Ok(register_class(a.text(0)?, a.value(1)))),

    // Listeners and connections.
    op_net_listen_tcp: |a| give(net::op_net_listen_tcp(&a.text(0)?, a.u16(1)?, a.u32(2)?)),
    op_net_listen_unix: |a| give(net::op_net_listen_unix(&a.text(0)?)),
    op_net_accept: |a| net::op_net_accept(a.u32(0)?),
    op_net_connect_tcp: |a| Ok(promise(true, net::op_net_connect_tcp(a.text(0)?, a.u16(1)?))?),
    op_net_connect_unix: |a| Ok(promise(true, net::op_net_connect_unix(a.text(0)?))?),
    op_base_read: |a| net::op_base_read(a.u32(0)?, a.bytes(1)?),
    op_base_write: |a| net::op_base_write(a.u32(0)?, a.bytes(1)?),
    op_base_resolve: |a| Ok(promise(true, net::op_base_resolve(a.text(0)?))?),
    op_set_nodelay: |a| give(net::op_set_nodelay(a.u32(0)?, a.boolean(1)?)),
    op_set_keepalive: |a| give(net::op_set_keepalive(a.u32(0)?, a.boolean(1)?)),
    op_base_keepalive_time: |a| give(net::op_base_keepalive_time(a.u32(0)?, a.i32(1)?)),
    op_base_hung_up: |a| give(Ok(net::op_base_hung_up(a.u32(0)?))),
    op_base_quiet: |a| give(Ok(net::op_base_quiet(a.u32(0)?))),
    op_base_heard: |a| give(Ok(net::op_base_heard(a.u32(0)?))),

    // The carrier.
    op_carrier_begin: |a| give(carrier::op_carrier_begin(a.value(0), &a.text(1)?)),
    op_carrier_listen: |a| give(Ok(crate::carrier::listen(a.u32(0)?))),
    op_carrier_adopt: |a| carrier::op_carrier_adopt(a.u32(0)?),
    op_carrier_hold: |a| give(Ok(crate::carrier::hold(a.u32(0)?))),
    op_carrier_read: |a| give(Ok(crate::carrier::read(a.u32(0)?))),
    op_carrier_exchange: |a| {
        give(Ok(crate::carrier::exchange(a.u32(0)?, a.slice(1)?, a.u32(2)?)))
    },
    op_carrier_relay: |a| carrier::op_carrier_relay(a),
    op_carrier_reply: |a| {
        give(Ok(crate::carrier::reply(a.u32(0)?, a.slice(1)?, a.boolean(2)?)))
    },
    op_carrier_discard: |a| give(Ok(crate::carrier::discard(a.u32(0)?))),
    op_carrier_end_engine: |a| give(Ok(crate::carrier::end_engine(a.u32(0)?))),
    op_carrier_sent: |a| give(Ok(crate::carrier::sent(a.u32(0)?) as f64)),
    op_carrier_sweep: |_| give(Ok(crate::carrier::sweep() as u32)),
    op_carrier_clear_pool: |_| give(Ok(crate::carrier::clear_pool() as u32)),
    op_carrier_heard: |a| give(Ok(carrier::op_carrier_heard(a.u32(0)?))),
    op_carrier_keepalive_time: |a| {
        give(Ok(carrier::op_carrier_keepalive_time(a.u32(0)?, a.i32(1)?)))
    },

    // Files.
    op_base_read_text: |a| give(files::op_base_read_text(&a.text(0)?)),
    op_base_stat: |a| give(files::op_base_stat(&a.text(0)?, a.boolean(1)?)),
    op_base_remove: |a| give(files::op_base_remove(&a.text(0)?)),
    op_base_rename: |a| give(files::op_base_rename(&a.text(0)?, &a.text(1)?)),
    op_base_chmod: |a| give(files::op_base_chmod(&a.text(0)?, a.u32(1)?)),
    op_base_chown: |a| give(files::op_base_chown(&a.text(0)?, a.number(1)?, a.number(2)?)),

    op_base_open_append: |a| give(files::op_base_open_append(&a.text(0)?, a.u32(1)?)),
    op_base_file_write: |a| give(files::op_base_file_write(a.u32(0)?, a.slice(1)?)),
    op_base_file_sync: |a| Ok(promise(true, files::op_base_file_sync(a.u32(0)?))?),

    op_base_file_stat: |a| give(files::op_base_file_stat(a.u32(0)?)),
    op_base_file_lock: |a| give(files::op_base_file_lock(a.u32(0)?)),
    op_base_read_part: |a| {
        let part = files::op_base_read_part(&a.text(0)?, a.number(1)?, a.u32(2)?)?;
        Ok(Value::bytes(&part)?)
    },

    // Digests, and random bytes.
    op_base_sha256: |a| Ok(Value::bytes(&digest::op_base_sha256(a.slice(0)?))?),
    op_base_hmac_sha256: |a| {
        Ok(Value::bytes(&digest::op_base_hmac_sha256(a.slice(0)?, a.slice(1)?))?)
    },
    op_base_random: |a| Ok(Value::bytes(&digest::op_base_random(a.u32(0)?)?)?),

    // The process.
    op_base_env: |_| {
        let all = process::op_base_env()?;
        Ok(Value::array(all.into_iter().map(|(name, value)| vec![name, value].give()))?)
    },
    op_base_env_get: |a| give(process::op_base_env_get(&a.text(0)?)),
    op_base_args: |_| give(Ok(process::op_base_args())),
    op_base_exit: |a| give(Ok(process::op_base_exit(a.i32(0)?))),
    op_base_identity: |a| give(process::op_base_identity(a.boolean(0)?)),
    op_base_umask: |a| give(process::op_base_umask(a.i32(0)?)),
    op_base_now: |_| give(Ok(process::op_base_now())),
    op_base_command_line: |a| give(Ok(process::op_base_command_line(a.i32(0)?))),
    op_base_resident: |_| give(Ok(process::op_base_resident())),
    op_base_process_status: |a| give(Ok(process::op_base_process_status(a.i32(0)?))),
    op_base_container_id: |_| give(Ok(process::op_base_container_id())),
    op_base_terminal: |_| give(Ok(process::op_base_terminal())),
    op_base_terminal_size: |_| give(Ok(terminal::op_base_terminal_size())),
    op_base_take_keys: |a| give(Ok(terminal::op_base_take_keys(a.boolean(0)?))),
    op_base_read_keys: |a| Ok(promise(false, terminal::op_base_read_keys(a.bytes(0)?))?),
    op_base_descriptor_limit: |_| give(Ok(process::op_base_descriptor_limit())),
    op_base_memory_limit: |_| give(Ok(process::op_base_memory_limit())),
    op_base_memory_held: |_| give(Ok(memory::held() as f64)),
    op_base_bound_memory: |a| give(Ok(memory::bound(a.number(0)? as usize))),
    op_base_no_bytecode: |_| give(Ok(runtime::op_base_no_bytecode())),
    op_base_collect: |_| give(Ok(memory::collect())),

    // Signals: waiting for one keeps no program alive.
    op_base_signal_bind: |a| give(signals::op_base_signal_bind(&a.text(0)?)),
    op_base_signal_next: |a| Ok(promise(false, signals::op_base_signal_next(a.u32(0)?))?),

    // Standard streams and text.
    op_base_write_stdout: |a| Ok(promise(true, stdio::op_base_write_stdout(a.bytes(0)?))?),
    op_base_write_sync: |a| give(stdio::op_base_write_sync(a.i32(0)?, a.slice(1)?)),
    op_base_decode_latin1: |a| give(Ok(text::op_base_decode_latin1(a.slice(0)?))),
    op_base_decode_utf8: |a| give(text::op_base_decode_utf8(a.slice(0)?, a.boolean(1)?)),
    op_base_utf8_tail: |a| give(Ok(text::op_base_utf8_tail(a.slice(0)?))),
    op_base_places_in: |a| {
        let paths = a.text(1)?;
        give(Ok(a.string(0)?.with_text(|text| json::places(text, &paths))?))
    },

    // Having less power.
    op_base_drop_to: |a| give(harden::op_base_drop_to(a.u32(0)?, a.u32(1)?)),
    op_base_drop_capabilities: |_| give(harden::op_base_drop_capabilities()),
    op_base_could_write: |a| {
        give(harden::op_base_could_write(&a.text(0)?, a.u32(1)?, a.u32(2)?))
    },
    op_base_restrict: |a| give(harden::op_base_restrict(a.texts(0)?, a.texts(1)?)),
    op_base_sandbox: |_| give(Ok(harden::op_base_sandbox())),
    op_base_revoke: |a| give(permissions::op_base_revoke(&a.text(0)?)),
};
