//! Nothing unwinds: a panic ends the process, and the base carries neither the
//! tables nor the debug data that a list of frames is made of (`no_unwind.ld`).
//! Rust's library would still link what walks over frames and names them, a
//! quarter of a megabyte. It asks these functions, which tell it of no frame.

use std::ffi::{c_int, c_void};

/// `_URC_END_OF_STACK`.
const END_OF_STACK: c_int = 5;

/// Tells of no frame.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_each: *const c_void, _data: *mut c_void) -> c_int {
    END_OF_STACK
}

macro_rules! never_asked {
    ($($name:ident),+) => {
        $(
            /// Only a frame could be asked for it, and there is none.
            #[unsafe(no_mangle)]
            extern "C" fn $name() -> usize {
                std::process::abort()
            }
        )+
    };
}

never_asked!(
    _Unwind_DeleteException,
    _Unwind_FindEnclosingFunction,
    _Unwind_GetCFA,
    _Unwind_GetDataRelBase,
    _Unwind_GetIP,
    _Unwind_GetIPInfo,
    _Unwind_GetLanguageSpecificData,
    _Unwind_GetRegionStart,
    _Unwind_GetTextRelBase,
    _Unwind_RaiseException,
    _Unwind_Resume,
    _Unwind_SetGR,
    _Unwind_SetIP
);
