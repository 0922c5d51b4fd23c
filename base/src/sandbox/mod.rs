//! What the base takes from itself: before the program starts ([`process`]),
//! and later when the program asks ([`user`], [`landlock`]).

pub mod landlock;
pub mod memory;
pub mod process;
pub mod seccomp;
pub mod user;
