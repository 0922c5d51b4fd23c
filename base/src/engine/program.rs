//! The glue's scripts and the modules of the program.

use std::cell::RefCell;
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

/// Begins the program's first module; a promise of its end.
pub fn module(file: &CStr, source: &str) -> Result<Value, Thrown> {
    let source = CString::new(source).map_err(|_| type_error("the program holds a NUL"))?;
    eval(&source, file, sys::EVAL_TYPE_MODULE)
}

/// A module that is compiled and not begun.
fn unbegun(file: &str, source: &str) -> Result<Value, Thrown> {
    let [file, source] = [file, source].map(CString::new);
    let (Ok(file), Ok(source)) = (file, source) else {
        return Err(type_error("the program holds a NUL"));
    };
    eval(&source, &file, sys::EVAL_TYPE_MODULE | sys::EVAL_FLAG_COMPILE_ONLY)
}

/// Compiles a module to the engine's bytecode, without its source text and line
/// numbers; functions keep their names.
pub fn compile(file: &str, source: &str) -> Result<Vec<u8>, Thrown> {
    let module = unbegun(file, source)?;
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

/// What a module is made of.
pub enum Text {
    Source(String),
    /// What [`compile`] of the same engine gave.
    Bytecode(&'static [u8]),
}

/// Finds the module of a name; none where there is none. Errors: why it cannot be
/// run, in words.
pub type Find = Box<dyn Fn(&str) -> Option<Result<Text, &'static str>>>;

thread_local! {
    /// Where modules come from that others import.
    static FIND: RefCell<Option<Find>> = const { RefCell::new(None) };
}

/// Says where modules come from that others import.
///
/// # Safety
///
/// The engine trusts bytecode: what it is given must be what [`compile`] of the
/// same engine gave.
pub unsafe fn find_by(find: Find) {
    FIND.set(Some(find));
}

/// A module of bytecode, not begun.
///
/// # Safety
///
/// As of [`find_by`].
unsafe fn read(bytes: &[u8]) -> Result<Value, Thrown> {
    // SAFETY: the caller vouches for the bytes, which are copied.
    Value::owned(unsafe {
        sys::JS_ReadObject(context(), bytes.as_ptr(), bytes.len(), sys::READ_BYTECODE)
    })
}

/// Begins a module of bytecode; a promise of its end.
///
/// # Safety
///
/// As of [`find_by`].
pub unsafe fn compiled_module(bytes: &[u8]) -> Result<Value, Thrown> {
    // SAFETY: the caller vouches for the bytes.
    let module = unsafe { read(bytes) }?;
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

/// Gives the engine a module that another one imports, before it is begun.
pub(super) unsafe extern "C" fn find_module(
    _context: *mut sys::JSContext,
    wanted: *const c_char,
    _opaque: *mut c_void,
) -> *mut sys::JSModuleDef {
    // SAFETY: the engine gives a string that ends in NUL.
    let wanted = unsafe { name(wanted) };
    let found = FIND.with_borrow(|find| find.as_ref().and_then(|find| find(&wanted)));
    let made = match found {
        // SAFETY: who says where modules come from vouches for their bytes.
        Some(Ok(Text::Bytecode(bytes))) => unsafe { read(bytes) },
        Some(Ok(Text::Source(source))) => unbegun(&wanted, &source),
        Some(Err(reason)) => Err(type_error(&format!(
            "Module \"{wanted}\" of this binary cannot be run: {reason}"
        ))),
        None => Err(type_error(&format!(
            "Module \"{wanted}\" is not in this binary: it runs on the lean base, which has no modules but the program's own"
        ))),
    };
    match made {
        // SAFETY: the value is a module's, which the engine keeps in its list.
        Ok(module) => unsafe { module.raw().u.ptr.cast() },
        Err(Thrown) => std::ptr::null_mut(),
    }
}
