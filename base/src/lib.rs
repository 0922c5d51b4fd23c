//! The base program that sockwarden is compiled onto: `deno compile` appends
//! the bundled TypeScript to it, and it offers that program the short list of
//! functions in `lib/host.ts`, with stock Deno's names and meaning.

pub mod bytecode;
pub mod carrier;
pub mod container;
pub mod engine;
pub mod errors;
pub mod json;
pub mod ops;
pub mod payload;
pub mod permissions;
pub mod runtime;
pub mod sandbox;
pub mod state;
