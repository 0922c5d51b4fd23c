//! What the program may call, by topic, under the names that the glue knows.

pub mod files;
pub mod harden;
pub mod net;
pub mod process;
pub mod signals;
pub mod stdio;
pub mod text;

use rquickjs::{Ctx, Function, Object, Result, TypedArray};

use crate::engine::{self, Bytes, Text, given, promise};
use crate::{permissions, state};

/// Sets each function under its own name.
macro_rules! set {
    ($on:expr, $ctx:expr, { $($name:ident : $function:expr,)* }) => {
        $($on.set(stringify!($name), Function::new($ctx.clone(), $function)?.with_name(stringify!($name))?)?;)*
    };
}

/// A slice of an array for the time of one call, in which no script runs.
fn bytes<'a>(array: &'a TypedArray<'_, u8>) -> &'a [u8] {
    // SAFETY: no script runs while the slice lives, so its memory stays.
    unsafe { array.as_bytes() }.unwrap_or_default()
}

/// The inner namespace: the operations, and what the glue needs of the core.
pub fn core<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let ops = Object::new(ctx.clone())?;
    connections(ctx, &ops)?;
    files_and_process(ctx, &ops)?;
    the_rest(ctx, &ops)?;
    let core = Object::new(ctx.clone())?;
    core.set("ops", ops)?;
    set!(core, ctx, {
        close: |ctx: Ctx<'js>, rid: u32| {
            given(&ctx, if state::close(rid) { Ok(()) } else { Err(state::bad_resource()) })
        },
        tryClose: |rid: u32| { state::close(rid); },
        shutdown: |ctx: Ctx<'js>, rid: u32| promise(&ctx, true, net::shutdown(rid)),
        createTimer: engine::create_timer,
        cancelTimer: engine::cancel_timer,
        encode: |ctx: Ctx<'js>, text: Text| TypedArray::<u8>::new_copy(ctx, text.0.as_bytes()),
        registerErrorClass: engine::register_class,
    });
    Ok(core)
}

fn connections<'js>(ctx: &Ctx<'js>, ops: &Object<'js>) -> Result<()> {
    set!(ops, ctx, {
        op_net_listen_tcp: |ctx: Ctx<'js>, at: Object<'js>, _: bool, _: bool, backlog: u32| {
            let host: Text = at.get("hostname")?;
            given(&ctx, net::op_net_listen_tcp(&host.0, at.get("port")?, backlog))
        },
        op_net_listen_unix: |ctx: Ctx<'js>, path: Text| {
            given(&ctx, net::op_net_listen_unix(&path.0))
        },
        op_net_accept_tcp: |ctx: Ctx<'js>, rid: u32| promise(&ctx, true, net::op_net_accept(rid)),
        op_net_accept_unix: |ctx: Ctx<'js>, rid: u32| promise(&ctx, true, net::op_net_accept(rid)),
        op_net_connect_tcp: |ctx: Ctx<'js>, at: Object<'js>| {
            let host: Text = at.get("hostname")?;
            promise(&ctx, true, net::op_net_connect_tcp(host.0, at.get("port")?))
        },
        op_net_connect_unix: |ctx: Ctx<'js>, path: Text| {
            promise(&ctx, true, net::op_net_connect_unix(path.0))
        },
        op_base_read: |ctx: Ctx<'js>, rid: u32, into: Bytes| {
            promise(&ctx, true, net::op_base_read(rid, into))
        },
        op_base_write: |ctx: Ctx<'js>, rid: u32, from: Bytes| {
            promise(&ctx, true, net::op_base_write(rid, from))
        },
        op_base_resolve: |ctx: Ctx<'js>, name: Text| {
            promise(&ctx, true, net::op_base_resolve(name.0))
        },
        op_set_nodelay: |ctx: Ctx<'js>, rid: u32, on: bool| {
            given(&ctx, net::op_set_nodelay(rid, on))
        },
        op_set_keepalive: |ctx: Ctx<'js>, rid: u32, on: bool| {
            given(&ctx, net::op_set_keepalive(rid, on))
        },
        op_base_keepalive_time: |ctx: Ctx<'js>, rid: u32, seconds: i32| {
            given(&ctx, net::op_base_keepalive_time(rid, seconds))
        },
        op_base_hung_up: net::op_base_hung_up,
        op_base_heard: net::op_base_heard,
    });
    Ok(())
}

fn files_and_process<'js>(ctx: &Ctx<'js>, ops: &Object<'js>) -> Result<()> {
    set!(ops, ctx, {
        op_base_read_text: |ctx: Ctx<'js>, path: Text| {
            given(&ctx, files::op_base_read_text(&path.0))
        },
        op_base_stat: |ctx: Ctx<'js>, path: Text, follow: bool| {
            given(&ctx, files::op_base_stat(&path.0, follow))
        },
        op_base_remove: |ctx: Ctx<'js>, path: Text| given(&ctx, files::op_base_remove(&path.0)),
        op_base_rename: |ctx: Ctx<'js>, from: Text, to: Text| {
            given(&ctx, files::op_base_rename(&from.0, &to.0))
        },
        op_base_chmod: |ctx: Ctx<'js>, path: Text, mode: u32| {
            given(&ctx, files::op_base_chmod(&path.0, mode))
        },
        op_base_chown: |ctx: Ctx<'js>, path: Text, uid: f64, gid: f64| {
            given(&ctx, files::op_base_chown(&path.0, uid, gid))
        },
        op_base_env: |ctx: Ctx<'js>| {
            let all = given(&ctx, process::op_base_env())?;
            let made = Object::new(ctx)?;
            for (name, value) in all {
                made.set(name, value)?;
            }
            Ok::<_, rquickjs::Error>(made)
        },
        op_base_env_get: |ctx: Ctx<'js>, name: Text| {
            given(&ctx, process::op_base_env_get(&name.0))
        },
        op_base_args: process::op_base_args,
        op_base_exit: |code: i32| { process::op_base_exit(code); },
        op_base_identity: |ctx: Ctx<'js>, group: bool| {
            given(&ctx, process::op_base_identity(group))
        },
        op_base_umask: |ctx: Ctx<'js>, mask: i32| given(&ctx, process::op_base_umask(mask)),
        op_base_now: process::op_base_now,
        op_base_command_line: process::op_base_command_line,
        op_base_process_status: process::op_base_process_status,
        op_base_container_id: process::op_base_container_id,
        op_base_descriptor_limit: process::op_base_descriptor_limit,
        op_base_memory_limit: process::op_base_memory_limit,
    });
    Ok(())
}

fn the_rest<'js>(ctx: &Ctx<'js>, ops: &Object<'js>) -> Result<()> {
    set!(ops, ctx, {
        op_base_signal_bind: |ctx: Ctx<'js>, name: Text| {
            given(&ctx, signals::op_base_signal_bind(&name.0))
        },
        // Waiting for a signal keeps no program alive.
        op_base_signal_next: |ctx: Ctx<'js>, rid: u32| {
            promise(&ctx, false, signals::op_base_signal_next(rid))
        },
        op_base_write_stdout: |ctx: Ctx<'js>, from: Bytes| {
            promise(&ctx, true, stdio::op_base_write_stdout(from))
        },
        op_base_write_sync: |ctx: Ctx<'js>, to: i32, from: TypedArray<'js, u8>| {
            given(&ctx, stdio::op_base_write_sync(to, bytes(&from)))
        },
        op_base_decode_latin1: |from: TypedArray<'js, u8>| {
            text::op_base_decode_latin1(bytes(&from))
        },
        op_base_decode_utf8: |ctx: Ctx<'js>, from: TypedArray<'js, u8>, fatal: bool| {
            let text = given(&ctx, text::op_base_decode_utf8(bytes(&from), fatal))?;
            rquickjs::String::from_str(ctx, &text)
        },
        op_base_utf8_tail: |from: TypedArray<'js, u8>| text::op_base_utf8_tail(bytes(&from)),
        op_base_drop_to: |ctx: Ctx<'js>, uid: u32, gid: u32| {
            given(&ctx, harden::op_base_drop_to(uid, gid))
        },
        op_base_drop_capabilities: |ctx: Ctx<'js>| {
            given(&ctx, harden::op_base_drop_capabilities())
        },
        op_base_could_write: |ctx: Ctx<'js>, path: Text, uid: u32, gid: u32| {
            given(&ctx, harden::op_base_could_write(&path.0, uid, gid))
        },
        op_base_restrict: |ctx: Ctx<'js>, read: Vec<Text>, write: Vec<Text>| {
            let plain = |all: Vec<Text>| all.into_iter().map(|one| one.0).collect();
            given(&ctx, harden::op_base_restrict(plain(read), plain(write)))
        },
        op_base_sandbox: harden::op_base_sandbox,
        op_base_revoke: |ctx: Ctx<'js>, name: Text| {
            given(&ctx, permissions::op_base_revoke(&name.0))
        },
    });
    Ok(())
}
