//! Values of the program, and what the base makes of them.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::NonNull;

use super::sys::{self, Content, JSValue};
use super::{Failure, Thrown, context, engine, type_error};

const fn plain(tag: i64, number: u32) -> JSValue {
    JSValue { u: Content { uint64: number as u64 }, tag }
}

pub(super) const EXCEPTION: JSValue = plain(sys::TAG_EXCEPTION, 0);
const UNDEFINED: JSValue = plain(sys::TAG_UNDEFINED, 0);

/// A value that is counted: the engine keeps it until this is let go.
pub struct Value(JSValue);

impl Drop for Value {
    fn drop(&mut self) {
        // Those below zero are counted.
        if self.0.tag < 0 {
            // SAFETY: this owns one count, and finalizers of the engine run no
            // script.
            unsafe { sys::JS_FreeValueRT(engine().runtime, self.0) }
        }
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        Self::copied(self.0)
    }
}

impl Value {
    /// Takes over a value that the engine gave, unless it threw.
    pub(super) fn owned(raw: JSValue) -> Result<Self, Thrown> {
        if raw.tag == sys::TAG_EXCEPTION { Err(Thrown) } else { Ok(Self(raw)) }
    }

    /// Takes over a value that is no exception.
    pub(super) fn kept(raw: JSValue) -> Self {
        Self(raw)
    }

    /// Counts a value once more.
    pub(super) fn copied(raw: JSValue) -> Self {
        if raw.tag >= 0 {
            return Self(raw);
        }
        // SAFETY: the caller shows a value that lives.
        Self(unsafe { sys::JS_DupValue(context(), raw) })
    }

    /// Gives the count away.
    pub(super) fn into_raw(self) -> JSValue {
        let raw = self.0;
        std::mem::forget(self);
        raw
    }

    pub(super) fn raw(&self) -> JSValue {
        self.0
    }

    pub const fn undefined() -> Self {
        Self(UNDEFINED)
    }

    pub const fn null() -> Self {
        Self(plain(sys::TAG_NULL, 0))
    }

    pub const fn boolean(value: bool) -> Self {
        Self(plain(sys::TAG_BOOL, value as u32))
    }

    pub fn number(value: f64) -> Self {
        let whole = value as i32;
        if f64::from(whole).to_bits() == value.to_bits() {
            return Self(plain(sys::TAG_INT, whole as u32));
        }
        Self(JSValue { u: Content { float64: value }, tag: sys::TAG_FLOAT64 })
    }

    pub fn text(text: &str) -> Result<Self, Thrown> {
        // SAFETY: the bytes are copied.
        Self::owned(unsafe {
            sys::JS_NewStringLen(context(), text.as_ptr().cast(), text.len())
        })
    }

    /// A Uint8Array with these bytes.
    pub fn bytes(bytes: &[u8]) -> Result<Self, Thrown> {
        // SAFETY: the bytes are copied.
        Self::owned(unsafe { sys::JS_NewUint8ArrayCopy(context(), bytes.as_ptr(), bytes.len()) })
    }

    pub fn object() -> Result<Self, Thrown> {
        // SAFETY: the context lives.
        Self::owned(unsafe { sys::JS_NewObject(context()) })
    }

    pub fn array(items: impl IntoIterator<Item = Result<Self, Thrown>>) -> Result<Self, Thrown> {
        // SAFETY: the context lives.
        let made = Self::owned(unsafe { sys::JS_NewArray(context()) })?;
        for (at, item) in items.into_iter().enumerate() {
            // SAFETY: the engine takes the item over.
            let set = unsafe {
                sys::JS_SetPropertyUint32(context(), made.0, at as u32, item?.into_raw())
            };
            if set < 0 {
                return Err(Thrown);
            }
        }
        Ok(made)
    }

    pub fn global() -> Self {
        // SAFETY: the context lives.
        Self(unsafe { sys::JS_GetGlobalObject(context()) })
    }

    pub fn is_null(&self) -> bool {
        self.0.tag == sys::TAG_NULL
    }

    pub fn is_undefined(&self) -> bool {
        self.0.tag == sys::TAG_UNDEFINED
    }

    pub fn is_string(&self) -> bool {
        matches!(self.0.tag, sys::TAG_STRING | sys::TAG_STRING_ROPE)
    }

    pub fn is_error(&self) -> bool {
        // SAFETY: it only looks at the value.
        unsafe { sys::JS_IsError(self.0) }
    }

    pub fn is_function(&self) -> bool {
        // SAFETY: it only looks at the value.
        unsafe { sys::JS_IsFunction(context(), self.0) }
    }

    /// Whether both are the same object, or equal otherwise (`===`).
    pub fn is(&self, other: &Self) -> bool {
        // SAFETY: it only looks at the values.
        unsafe { sys::JS_IsStrictEqual(context(), self.0, other.0) }
    }

    pub fn get(&self, name: &CStr) -> Result<Self, Thrown> {
        // SAFETY: the name ends in NUL; the engine keeps no pointer to it.
        Self::owned(unsafe { sys::JS_GetPropertyStr(context(), self.0, name.as_ptr()) })
    }

    pub fn set(&self, name: &CStr, value: Self) -> Result<(), Thrown> {
        // SAFETY: as above, and the engine takes the value over.
        let set =
            unsafe { sys::JS_SetPropertyStr(context(), self.0, name.as_ptr(), value.into_raw()) };
        if set < 0 { Err(Thrown) } else { Ok(()) }
    }

    /// The items of an array.
    pub fn items(&self) -> Result<Vec<Self>, Thrown> {
        let mut length = 0;
        // SAFETY: the engine writes one number.
        if unsafe { sys::JS_GetLength(context(), self.0, &raw mut length) } < 0 {
            return Err(Thrown);
        }
        let length = u32::try_from(length).map_err(|_| type_error("a list is too long"))?;
        (0..length)
            // SAFETY: the context and the array live.
            .map(|at| Self::owned(unsafe { sys::JS_GetPropertyUint32(context(), self.0, at) }))
            .collect()
    }

    pub fn call(&self, values: &[&Self]) -> Result<Self, Thrown> {
        let mut raw: Vec<JSValue> = values.iter().map(|value| value.0).collect();
        // SAFETY: the values live through the call, which only borrows them.
        Self::owned(unsafe {
            sys::JS_Call(context(), self.0, UNDEFINED, raw.len() as c_int, raw.as_mut_ptr())
        })
    }

    /// Calls with so many values, without an allocation.
    pub fn call_with<const COUNT: usize>(&self, values: [&Self; COUNT]) -> Result<Self, Thrown> {
        let mut raw = values.map(|value| value.0);
        // SAFETY: as above.
        Self::owned(unsafe {
            sys::JS_Call(context(), self.0, UNDEFINED, COUNT as c_int, raw.as_mut_ptr())
        })
    }

    pub fn construct(&self, values: &[&Self]) -> Result<Self, Thrown> {
        let mut raw: Vec<JSValue> = values.iter().map(|value| value.0).collect();
        // SAFETY: as above.
        Self::owned(unsafe {
            sys::JS_CallConstructor(context(), self.0, raw.len() as c_int, raw.as_mut_ptr())
        })
    }

    /// The value as a string, which may run the program (`toString`); half a
    /// surrogate pair becomes U+FFFD.
    pub fn to_text(&self) -> Result<String, Thrown> {
        self.with_text(lossless)
    }

    /// A Uint8Array with the UTF-8 of the value as a string, as [`Self::to_text`].
    pub fn encoded(&self) -> Result<Self, Thrown> {
        self.with_text(|bytes| match std::str::from_utf8(bytes) {
            // A long text is not copied once more.
            Ok(_) => Self::bytes(bytes),
            Err(_) => Self::bytes(lossless(bytes).as_bytes()),
        })?
    }

    /// Uses the value as a string, in which half a surrogate pair is three
    /// bytes; as [`Self::to_text`].
    pub fn with_text<T>(&self, using: impl FnOnce(&[u8]) -> T) -> Result<T, Thrown> {
        let mut length = 0;
        // SAFETY: the engine writes one length, and gives a string of it.
        let text =
            unsafe { sys::JS_ToCStringLen2(context(), &raw mut length, self.0, false) };
        if text.is_null() {
            return Err(Thrown);
        }
        // SAFETY: so many bytes stand there until the string is freed below.
        let bytes = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), length) };
        let used = using(bytes);
        // SAFETY: the engine made it, and nothing uses it any more.
        unsafe { sys::JS_FreeCString(context(), text.cast::<c_char>()) };
        Ok(used)
    }

    /// The value as a number, which may run the program (`valueOf`).
    pub fn to_number(&self) -> Result<f64, Thrown> {
        let mut number = 0.0;
        // SAFETY: the engine writes one number.
        if unsafe { sys::JS_ToFloat64(context(), &raw mut number, self.0) } < 0 {
            return Err(Thrown);
        }
        Ok(number)
    }
}

/// The engine's UTF-8, in which half a surrogate pair is three bytes.
fn lossless(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(valid) => valid.to_owned(),
        Err(_) => {
            let mut bytes = bytes.to_vec();
            for at in 0..bytes.len().saturating_sub(2) {
                if bytes[at] == 0xed && bytes[at + 1] >= 0xa0 {
                    bytes[at..at + 3].copy_from_slice("\u{fffd}".as_bytes());
                }
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

// --------------------------------------------------------------- arguments

/// What the program called a function with. One that is not there is undefined.
pub struct Arguments<'a>(&'a [JSValue]);

impl<'a> Arguments<'a> {
    pub(super) fn new(given: &'a [JSValue]) -> Self {
        Self(given)
    }

    fn raw(&self, at: usize) -> JSValue {
        self.0.get(at).copied().unwrap_or(UNDEFINED)
    }

    fn wrong(at: usize, wanted: &str) -> Failure {
        type_error(&format!("argument {} is not {wanted}", at + 1)).into()
    }

    pub fn value(&self, at: usize) -> Value {
        Value::copied(self.raw(at))
    }

    pub fn text(&self, at: usize) -> Result<String, Failure> {
        Ok(self.string(at)?.to_text()?)
    }

    /// A string, as the value that it is.
    pub fn string(&self, at: usize) -> Result<Value, Failure> {
        let value = self.value(at);
        if !value.is_string() {
            return Err(Self::wrong(at, "a string"));
        }
        Ok(value)
    }

    pub fn texts(&self, at: usize) -> Result<Vec<String>, Failure> {
        let mut all = Vec::new();
        for item in self.value(at).items()? {
            if !item.is_string() {
                return Err(Self::wrong(at, "a list of strings"));
            }
            all.push(item.to_text()?);
        }
        Ok(all)
    }

    pub fn number(&self, at: usize) -> Result<f64, Failure> {
        let raw = self.raw(at);
        match raw.tag {
            // SAFETY: the tag says which it is.
            sys::TAG_INT => Ok(f64::from(unsafe { raw.u.uint64 } as i32)),
            // SAFETY: as above.
            sys::TAG_FLOAT64 => Ok(unsafe { raw.u.float64 }),
            _ => Err(Self::wrong(at, "a number")),
        }
    }

    pub fn u32(&self, at: usize) -> Result<u32, Failure> {
        let number = self.number(at)?;
        let whole = number as u32;
        if f64::from(whole) != number {
            return Err(Self::wrong(at, "a whole number from 0 to 4294967295"));
        }
        Ok(whole)
    }

    pub fn u16(&self, at: usize) -> Result<u16, Failure> {
        u16::try_from(self.u32(at)?).map_err(|_| Self::wrong(at, "a whole number to 65535"))
    }

    pub fn i32(&self, at: usize) -> Result<i32, Failure> {
        let number = self.number(at)?;
        let whole = number as i32;
        if f64::from(whole) != number {
            return Err(Self::wrong(at, "a whole number of 32 bits"));
        }
        Ok(whole)
    }

    pub fn boolean(&self, at: usize) -> Result<bool, Failure> {
        let raw = self.raw(at);
        match raw.tag {
            // SAFETY: the tag says which it is.
            sys::TAG_BOOL => Ok(unsafe { raw.u.uint64 } as u32 != 0),
            _ => Err(Self::wrong(at, "true or false")),
        }
    }

    /// A Uint8Array's bytes, for the time of the call.
    pub fn slice(&self, at: usize) -> Result<&'a [u8], Failure> {
        let at = memory(self.raw(at))?;
        // SAFETY: no script runs while the function does, so the memory stays.
        Ok(unsafe { &*at.as_ptr() })
    }

    /// A Uint8Array's bytes, to be kept while an operation is under way.
    pub fn bytes(&self, at: usize) -> Result<Bytes, Failure> {
        let array = self.value(at);
        let at = memory(array.0)?;
        Ok(Bytes { _array: array, at })
    }
}

fn memory(array: JSValue) -> Result<NonNull<[u8]>, Thrown> {
    let mut length = 0;
    // SAFETY: the engine writes one length; it throws for what is no such array.
    let start = unsafe { sys::JS_GetUint8Array(context(), &raw mut length, array) };
    match NonNull::new(start) {
        Some(start) => Ok(NonNull::slice_from_raw_parts(start, length)),
        None => Err(Thrown),
    }
}

/// Bytes of the program's, kept while an operation is under way.
pub struct Bytes {
    /// Keeps the memory: nothing in this runtime can take it from an array
    /// (`program.rs` removes what could).
    _array: Value,
    at: NonNull<[u8]>,
}

impl Bytes {
    pub fn get(&self) -> &[u8] {
        // SAFETY: the array is kept, its memory cannot be detached, and no
        // script runs while the slice is in use.
        unsafe { self.at.as_ref() }
    }

    pub fn get_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; nothing else holds a slice of it meanwhile.
        unsafe { self.at.as_mut() }
    }
}

// ------------------------------------------------------------------ results

/// What an operation may give.
pub trait Give {
    fn give(self) -> Result<Value, Thrown>;
}

impl Give for Value {
    fn give(self) -> Result<Value, Thrown> {
        Ok(self)
    }
}

impl Give for () {
    fn give(self) -> Result<Value, Thrown> {
        Ok(Value::undefined())
    }
}

impl Give for bool {
    fn give(self) -> Result<Value, Thrown> {
        Ok(Value::boolean(self))
    }
}

impl Give for f64 {
    fn give(self) -> Result<Value, Thrown> {
        Ok(Value::number(self))
    }
}

impl Give for u32 {
    fn give(self) -> Result<Value, Thrown> {
        Ok(Value::number(f64::from(self)))
    }
}

impl Give for i32 {
    fn give(self) -> Result<Value, Thrown> {
        Ok(Value::number(f64::from(self)))
    }
}

impl Give for &str {
    fn give(self) -> Result<Value, Thrown> {
        Value::text(self)
    }
}

impl Give for std::borrow::Cow<'_, str> {
    fn give(self) -> Result<Value, Thrown> {
        Value::text(&self)
    }
}

impl Give for String {
    fn give(self) -> Result<Value, Thrown> {
        Value::text(&self)
    }
}

impl<T: Give> Give for Option<T> {
    fn give(self) -> Result<Value, Thrown> {
        self.map_or(Ok(Value::undefined()), Give::give)
    }
}

impl<T: Give> Give for Vec<T> {
    fn give(self) -> Result<Value, Thrown> {
        Value::array(self.into_iter().map(Give::give))
    }
}
