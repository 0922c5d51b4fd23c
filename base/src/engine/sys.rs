//! The part of the engine's C interface that the base uses, as `quickjs.h` of
//! quickjs-ng 0.18.0 declares it. Nothing but `engine/` may name it: a value
//! that is not counted right is memory that is used after its end.

use std::ffi::{c_char, c_int, c_void};

#[cfg(not(target_pointer_width = "64"))]
compile_error!("the engine lays values out in another way on 32-bit systems");

#[repr(C)]
pub struct JSRuntime {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct JSContext {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct JSModuleDef {
    _opaque: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union Content {
    pub uint64: u64,
    pub float64: f64,
    pub ptr: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct JSValue {
    pub u: Content,
    pub tag: i64,
}

pub const TAG_STRING: i64 = -7;
pub const TAG_STRING_ROPE: i64 = -6;
pub const TAG_INT: i64 = 0;
pub const TAG_BOOL: i64 = 1;
pub const TAG_NULL: i64 = 2;
pub const TAG_UNDEFINED: i64 = 3;
pub const TAG_EXCEPTION: i64 = 6;
pub const TAG_FLOAT64: i64 = 8;

pub const EVAL_TYPE_GLOBAL: c_int = 0;
pub const EVAL_TYPE_MODULE: c_int = 1;
pub const EVAL_FLAG_COMPILE_ONLY: c_int = 1 << 5;

pub const WRITE_BYTECODE: c_int = 1;
pub const WRITE_STRIP_SOURCE: c_int = 1 << 4;
pub const WRITE_STRIP_DEBUG: c_int = 1 << 5;
pub const READ_BYTECODE: c_int = 1;

pub const CFUNC_GENERIC_MAGIC: c_int = 1;

pub const PROMISE_PENDING: c_int = 0;

#[repr(C)]
pub struct JSMallocFunctions {
    pub js_calloc: unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void,
    pub js_malloc: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
    pub js_free: unsafe extern "C" fn(*mut c_void, *mut c_void),
    pub js_realloc: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void,
    pub js_malloc_usable_size: unsafe extern "C" fn(*const c_void) -> usize,
}

pub type CFunctionMagic =
    unsafe extern "C" fn(*mut JSContext, JSValue, c_int, *mut JSValue, c_int) -> JSValue;
pub type RejectionTracker =
    unsafe extern "C" fn(*mut JSContext, JSValue, JSValue, bool, *mut c_void);
pub type ModuleNormalizer = unsafe extern "C" fn(
    *mut JSContext,
    *const c_char,
    *const c_char,
    *mut c_void,
) -> *mut c_char;
pub type ModuleLoader =
    unsafe extern "C" fn(*mut JSContext, *const c_char, *mut c_void) -> *mut JSModuleDef;

unsafe extern "C" {
    /// Ours: `base/engine/keyed_hash.patch`.
    pub fn JS_SetHashKey(key: u64);
    pub fn JS_NewRuntime2(
        functions: *const JSMallocFunctions,
        opaque: *mut c_void,
    ) -> *mut JSRuntime;
    pub fn JS_SetMemoryLimit(runtime: *mut JSRuntime, bytes: usize);
    pub fn JS_GetGCThreshold(runtime: *mut JSRuntime) -> usize;
    pub fn JS_SetGCThreshold(runtime: *mut JSRuntime, bytes: usize);
    pub fn JS_RunGC(runtime: *mut JSRuntime);
    pub fn JS_NewContext(runtime: *mut JSRuntime) -> *mut JSContext;
    pub fn JS_SetMaxStackSize(runtime: *mut JSRuntime, bytes: usize);
    pub fn JS_SetHostPromiseRejectionTracker(
        runtime: *mut JSRuntime,
        tracker: Option<RejectionTracker>,
        opaque: *mut c_void,
    );
    pub fn JS_SetModuleLoaderFunc(
        runtime: *mut JSRuntime,
        normalizer: Option<ModuleNormalizer>,
        loader: Option<ModuleLoader>,
        opaque: *mut c_void,
    );
    pub fn JS_ExecutePendingJob(runtime: *mut JSRuntime, context: *mut *mut JSContext) -> c_int;

    pub fn JS_FreeValueRT(runtime: *mut JSRuntime, value: JSValue);
    pub fn JS_DupValue(context: *mut JSContext, value: JSValue) -> JSValue;
    pub fn JS_IsStrictEqual(context: *mut JSContext, one: JSValue, other: JSValue) -> bool;
    pub fn JS_IsError(value: JSValue) -> bool;
    pub fn JS_IsFunction(context: *mut JSContext, value: JSValue) -> bool;

    pub fn JS_NewStringLen(
        context: *mut JSContext,
        bytes: *const c_char,
        length: usize,
    ) -> JSValue;
    pub fn JS_ToCStringLen2(
        context: *mut JSContext,
        length: *mut usize,
        value: JSValue,
        cesu8: bool,
    ) -> *const c_char;
    pub fn JS_FreeCString(context: *mut JSContext, string: *const c_char);
    pub fn JS_ToFloat64(context: *mut JSContext, into: *mut f64, value: JSValue) -> c_int;

    pub fn JS_NewObject(context: *mut JSContext) -> JSValue;
    pub fn JS_NewArray(context: *mut JSContext) -> JSValue;
    pub fn JS_GetLength(context: *mut JSContext, value: JSValue, length: *mut i64) -> c_int;
    pub fn JS_GetGlobalObject(context: *mut JSContext) -> JSValue;
    pub fn JS_GetPropertyStr(
        context: *mut JSContext,
        of: JSValue,
        name: *const c_char,
    ) -> JSValue;
    pub fn JS_GetPropertyUint32(context: *mut JSContext, of: JSValue, at: u32) -> JSValue;
    pub fn JS_SetPropertyStr(
        context: *mut JSContext,
        of: JSValue,
        name: *const c_char,
        value: JSValue,
    ) -> c_int;
    pub fn JS_SetPropertyUint32(
        context: *mut JSContext,
        of: JSValue,
        at: u32,
        value: JSValue,
    ) -> c_int;
    pub fn JS_NewUint8ArrayCopy(
        context: *mut JSContext,
        bytes: *const u8,
        length: usize,
    ) -> JSValue;
    pub fn JS_GetUint8Array(
        context: *mut JSContext,
        length: *mut usize,
        value: JSValue,
    ) -> *mut u8;

    pub fn JS_NewCFunction2(
        context: *mut JSContext,
        function: CFunctionMagic,
        name: *const c_char,
        length: c_int,
        kind: c_int,
        magic: c_int,
    ) -> JSValue;
    pub fn JS_Call(
        context: *mut JSContext,
        function: JSValue,
        this: JSValue,
        count: c_int,
        arguments: *mut JSValue,
    ) -> JSValue;
    pub fn JS_CallConstructor(
        context: *mut JSContext,
        function: JSValue,
        count: c_int,
        arguments: *mut JSValue,
    ) -> JSValue;

    pub fn JS_Throw(context: *mut JSContext, value: JSValue) -> JSValue;
    pub fn JS_ThrowTypeError(context: *mut JSContext, format: *const c_char, ...) -> JSValue;
    pub fn JS_GetException(context: *mut JSContext) -> JSValue;

    pub fn JS_NewPromiseCapability(context: *mut JSContext, functions: *mut JSValue) -> JSValue;
    pub fn JS_NewSettledPromise(
        context: *mut JSContext,
        rejected: bool,
        value: JSValue,
    ) -> JSValue;
    pub fn JS_PromiseState(context: *mut JSContext, promise: JSValue) -> c_int;

    pub fn JS_Eval(
        context: *mut JSContext,
        source: *const c_char,
        length: usize,
        name: *const c_char,
        flags: c_int,
    ) -> JSValue;
    pub fn JS_WriteObject(
        context: *mut JSContext,
        length: *mut usize,
        value: JSValue,
        flags: c_int,
    ) -> *mut u8;
    pub fn JS_ReadObject(
        context: *mut JSContext,
        bytes: *const u8,
        length: usize,
        flags: c_int,
    ) -> JSValue;
    pub fn JS_ResolveModule(context: *mut JSContext, module: JSValue) -> c_int;
    pub fn JS_EvalFunction(context: *mut JSContext, function: JSValue) -> JSValue;

    pub fn js_free(context: *mut JSContext, block: *mut c_void);
    pub fn js_strdup(context: *mut JSContext, string: *const c_char) -> *mut c_char;
}
