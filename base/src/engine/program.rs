//! The glue's scripts and the one module of the program.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use super::sys;
use super::value::Value;
use super::{Thrown, context, name, type_error};

fn eval(source: &CStr, file: &CStr, flags: c_int) -> Result<Value, Thrown> {
    // SAFETY: both end in NUL, and the engine copies what it keeps.
    Value::owned(unsafe {
        sys::JS_Eval(
            context(),
            source.as_ptr(),
            source.count_bytes(),
            file.as_ptr(),
            flags,
        )
    })
}

/// Runs a script.
pub fn script(file: &CStr, source: &CStr) -> Result<Value, Thrown> {
    eval(source, file, sys::EVAL_TYPE_GLOBAL)
}

/// Begins the one module; a promise of its end.
pub fn module(file: &CStr, source: &str) -> Result<Value, Thrown> {
    let source = CString::new(source).map_err(|_| type_error("the program holds a NUL"))?;
    eval(&source, file, sys::EVAL_TYPE_MODULE)
}

/// Compiles a module to the engine's bytecode, without its source text and line
/// numbers; functions keep their names.
pub fn compile(file: &CStr, source: &str) -> Result<Vec<u8>, Thrown> {
    let source = CString::new(source).map_err(|_| type_error("the program holds a NUL"))?;
    let module = eval(&source, file, sys::EVAL_TYPE_MODULE | sys::EVAL_FLAG_COMPILE_ONLY)?;
    let mut length = 0;
    let flags = sys::WRITE_BYTECODE | sys::WRITE_STRIP_SOURCE | sys::WRITE_STRIP_DEBUG;
    // SAFETY: the engine writes one length and gives so many bytes, or throws.
    unsafe {
        let bytes = sys::JS_WriteObject(context(), &raw mut length, module.raw(), flags);
        if bytes.is_null() {
            return Err(Thrown);
        }
        let copied = std::slice::from_raw_parts(bytes, length).to_vec();
        sys::js_free(context(), bytes.cast());
        Ok(copied)
    }
}

/// Begins a module of bytecode; a promise of its end.
///
/// # Safety
///
/// The engine trusts the bytes: they must be what [`compile`] of the same engine
/// gave.
pub unsafe fn compiled_module(bytes: &[u8]) -> Result<Value, Thrown> {
    // SAFETY: the caller vouches for the bytes, which are copied.
    let module = Value::owned(unsafe {
        sys::JS_ReadObject(context(), bytes.as_ptr(), bytes.len(), sys::READ_BYTECODE)
    })?;
    // SAFETY: the module lives; the engine takes it over with the second call.
    unsafe {
        if sys::JS_ResolveModule(context(), module.raw()) < 0 {
            return Err(Thrown);
        }
        Value::owned(sys::JS_EvalFunction(context(), module.into_raw()))
    }
}

/// Leaves a module's name as it was written.
pub(super) unsafe extern "C" fn same_name(
    _context: *mut sys::JSContext,
    _from: *const c_char,
    wanted: *const c_char,
    _opaque: *mut c_void,
) -> *mut c_char {
    // SAFETY: the engine gives a string that ends in NUL, and frees the copy.
    unsafe { sys::js_strdup(context(), wanted) }
}

/// Knows no module but the bundled one.
pub(super) unsafe extern "C" fn no_module(
    _context: *mut sys::JSContext,
    wanted: *const c_char,
    _opaque: *mut c_void,
) -> *mut sys::JSModuleDef {
    // SAFETY: the engine gives a string that ends in NUL.
    let wanted = unsafe { name(wanted) };
    type_error(&format!(
        "Module \"{wanted}\" is not in this binary: it runs on the lean base, which has no modules but the program's own"
    ));
    std::ptr::null_mut()
}
