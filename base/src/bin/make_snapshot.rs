//! Writes the start-up snapshot to the file named by the first argument.

fn main() {
    // SAFETY: no other thread exists yet. See `main.rs` for why.
    unsafe { std::env::set_var("V82JSC_NO_BC_CACHE", "1") };
    let to = std::env::args_os().nth(1).expect("a file to write to");
    std::fs::write(to, sockwarden_base::runtime::snapshot()).expect("a writable file");
}
