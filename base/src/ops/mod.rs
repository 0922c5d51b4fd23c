//! What the program may call, by topic.

pub mod files;
pub mod harden;
pub mod net;
pub mod process;
pub mod signals;
pub mod stdio;
pub mod text;

use crate::permissions::op_base_revoke;

deno_core::extension!(
    sockwarden_base,
    ops = [
        // Only the wanted ones of deno_net's: registering its whole extension
        // would keep TLS, QUIC and a DNS resolver in the binary.
        deno_net::ops::op_net_accept_tcp,
        deno_net::ops::op_net_connect_tcp,
        deno_net::ops::op_net_listen_tcp,
        deno_net::ops::op_set_nodelay,
        deno_net::ops::op_set_keepalive,
        deno_net::ops_unix::op_net_accept_unix,
        deno_net::ops_unix::op_net_connect_unix,
        deno_net::ops_unix::op_net_listen_unix,
        net::op_base_read,
        net::op_base_write,
        net::op_base_heard,
        net::op_base_hung_up,
        net::op_base_keepalive_time,
        net::op_base_resolve,
        files::op_base_read_text,
        files::op_base_stat,
        files::op_base_remove,
        files::op_base_rename,
        files::op_base_chmod,
        files::op_base_chown,
        process::op_base_env,
        process::op_base_env_get,
        process::op_base_args,
        process::op_base_exit,
        process::op_base_identity,
        process::op_base_umask,
        process::op_base_now,
        process::op_base_command_line,
        process::op_base_container_id,
        process::op_base_process_status,
        process::op_base_descriptor_limit,
        process::op_base_memory_limit,
        signals::op_base_signal_bind,
        signals::op_base_signal_next,
        stdio::op_base_write_stdout,
        stdio::op_base_write_sync,
        text::op_base_decode_latin1,
        text::op_base_decode_utf8,
        text::op_base_utf8_tail,
        harden::op_base_could_write,
        harden::op_base_drop_capabilities,
        harden::op_base_drop_to,
        harden::op_base_restrict,
        harden::op_base_sandbox,
        op_base_revoke,
    ],
);
