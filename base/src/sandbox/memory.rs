//! Giving back memory that only the start needed.
//!
//! Where the page cache holds a file in large pieces, new kernels map a piece
//! of up to 2 MiB at the first touch, so that after the start nearly the whole
//! binary counts as resident. What is dropped here comes back piece by piece
//! as it is used, without reading the disk.

use std::ffi::{c_int, c_void};

/// Gives back the heap's free pages and the mapped pages of the program's file.
pub fn give_back() {
    // musl's allocator gives back by itself.
    // SAFETY: no precondition.
    #[cfg(target_env = "gnu")]
    unsafe { libc::malloc_trim(0) };
    // SAFETY: the callback gets a valid header list and needs nothing else.
    unsafe { libc::dl_iterate_phdr(Some(segments), std::ptr::null_mut()) };
}

unsafe extern "C" fn segments(
    object: *mut libc::dl_phdr_info,
    _size: usize,
    _unused: *mut c_void,
) -> c_int {
    // SAFETY: the loader passes a valid object.
    let object = unsafe { &*object };
    if object.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: `dlpi_phnum` headers stand at `dlpi_phdr`.
    let headers =
        unsafe { std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
    for header in headers {
        // What was written to (relocations) would be lost.
        if header.p_type != libc::PT_LOAD || header.p_flags & libc::PF_W != 0 {
            continue;
        }
        const PAGE: usize = 4096;
        let begin = (object.dlpi_addr as usize).wrapping_add(header.p_vaddr as usize);
        let aligned = begin & !(PAGE - 1);
        let length = begin - aligned + header.p_memsz as usize;
        let at = aligned as *mut c_void;
        // SAFETY: the range is a mapping of the program's file that was never
        // written to, so what is dropped is read again from that file. Where
        // the kernel refuses (other page sizes), nothing changes.
        unsafe { libc::madvise(at, length, libc::MADV_DONTNEED) };
    }
    // Only the first object is the program; a static one has no other.
    1
}
