//! Errors of the system, in the words of stock Deno: glibc's. musl has its own
//! for some, and users look for the ones that they know.

use std::borrow::Cow;
use std::io;

use deno_error::{JsErrorBox, JsErrorClass};

/// By number, where musl's words differ and a file or a socket may get it.
const WORDS: &[(i32, &str)] = &[
    (libc::EIO, "Input/output error"),
    (libc::ENOMEM, "Cannot allocate memory"),
    (libc::EBUSY, "Device or resource busy"),
    (libc::EXDEV, "Invalid cross-device link"),
    (libc::EMFILE, "Too many open files"),
    (libc::ENAMETOOLONG, "File name too long"),
    (libc::ELOOP, "Too many levels of symbolic links"),
    (libc::EOVERFLOW, "Value too large for defined data type"),
    (libc::ENOTSOCK, "Socket operation on non-socket"),
    (libc::EMSGSIZE, "Message too long"),
    (libc::EOPNOTSUPP, "Operation not supported"),
    (libc::EADDRINUSE, "Address already in use"),
    (libc::EADDRNOTAVAIL, "Cannot assign requested address"),
    (libc::ENETUNREACH, "Network is unreachable"),
    (libc::ENETRESET, "Network dropped connection on reset"),
    (libc::ECONNABORTED, "Software caused connection abort"),
    (libc::EISCONN, "Transport endpoint is already connected"),
    (libc::ENOTCONN, "Transport endpoint is not connected"),
    (libc::ESHUTDOWN, "Cannot send after transport endpoint shutdown"),
    (libc::ETIMEDOUT, "Connection timed out"),
    (libc::EHOSTUNREACH, "No route to host"),
    (libc::EINPROGRESS, "Operation now in progress"),
    (libc::EDQUOT, "Disk quota exceeded"),
];

fn words(error: &io::Error) -> String {
    let known = error.raw_os_error().and_then(|number| {
        let row = WORDS.iter().find(|row| row.0 == number)?;
        Some(format!("{} (os error {number})", row.1))
    });
    known.unwrap_or_else(|| error.to_string())
}

/// The error as the program sees it.
pub fn of_system(error: io::Error) -> JsErrorBox {
    JsErrorBox::from_err(SystemError { text: words(&error), error })
}

/// The error as the program sees it, with what was done: `stat '/path'`.
pub fn of_action(error: io::Error, action: &str) -> JsErrorBox {
    JsErrorBox::from_err(SystemError { text: format!("{}: {action}", words(&error)), error })
}

/// Keeps the class and the error code of the cause under another text.
#[derive(Debug)]
struct SystemError {
    text: String,
    error: io::Error,
}

impl std::fmt::Display for SystemError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for SystemError {}

impl JsErrorClass for SystemError {
    fn get_class(&self) -> Cow<'static, str> {
        self.error.get_class()
    }
    fn get_message(&self) -> Cow<'static, str> {
        self.text.clone().into()
    }
    fn get_additional_properties(&self) -> deno_error::AdditionalProperties {
        self.error.get_additional_properties()
    }
    fn get_ref(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::of_system;
    use deno_error::JsErrorClass;

    #[test]
    fn says_what_stock_says() {
        let text = |number| {
            of_system(std::io::Error::from_raw_os_error(number)).get_message().into_owned()
        };
        assert_eq!(text(libc::EADDRINUSE), "Address already in use (os error 98)");
        assert_eq!(text(libc::ENOENT), "No such file or directory (os error 2)");
    }
}
