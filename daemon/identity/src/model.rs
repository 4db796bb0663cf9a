//! Which model a USB device is. Knows no list of models.

use core::fmt;
use core::str::FromStr;
use serde::Serialize;

/// Vendor and product, written `0403:6001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbModel {
    /// As USB-IF gave it.
    pub vendor: u16,
    /// As the vendor gave it.
    pub product: u16,
}

/// A text is no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a USB model")]
pub struct NotAModel;

impl FromStr for UsbModel {
    type Err = NotAModel;

    fn from_str(text: &str) -> Result<Self, NotAModel> {
        let (vendor, product) = text.split_once(':').ok_or(NotAModel)?;
        let number = |digits: &str| {
            let fits = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
            u16::from_str_radix(digits, 16).ok().filter(|_| fits)
        };
        match (number(vendor), number(product)) {
            (Some(vendor), Some(product)) => Ok(UsbModel { vendor, product }),
            _ => Err(NotAModel),
        }
    }
}

impl fmt::Display for UsbModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)
    }
}

impl Serialize for UsbModel {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_read_and_written_alike() {
        let model: UsbModel = "046D:085c".parse().expect("a model");
        assert_eq!(model.to_string(), "046d:085c");
        for text in [
            "",
            "046d",
            "046d:",
            "46d:85c",
            "046d:085c:1",
            "+46d:085c",
            "046g:085c",
        ] {
            assert_eq!(text.parse::<UsbModel>(), Err(NotAModel), "{text}");
        }
    }
}
