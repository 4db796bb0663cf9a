//! Formats, sizes and rates of a camera, and which of them to take for what. Pure; knows no device.

use core::fmt;

/// How a picture's bytes are laid out. Named by what linux/videodev2.h calls them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PixelFormat {
    /// A JPEG for each picture.
    Mjpeg,
    /// Luma and shared chroma in turn, two bytes a pixel.
    Yuyv,
    /// The same with chroma first.
    Uyvy,
    /// All luma, then all chroma, one and a half bytes a pixel.
    Nv12,
    /// Luma alone.
    Grey,
    /// One that nothing here reads, such as H.264 or infrared; the conference may.
    Other([u8; 4]),
}

impl PixelFormat {
    /// From the kernel's four characters.
    pub fn from_fourcc(code: [u8; 4]) -> PixelFormat {
        match &code {
            b"MJPG" | b"JPEG" => PixelFormat::Mjpeg,
            b"YUYV" => PixelFormat::Yuyv,
            b"UYVY" => PixelFormat::Uyvy,
            b"NV12" => PixelFormat::Nv12,
            b"GREY" => PixelFormat::Grey,
            _ => PixelFormat::Other(code),
        }
    }

    /// The kernel's four characters.
    pub fn fourcc(self) -> [u8; 4] {
        match self {
            PixelFormat::Mjpeg => *b"MJPG",
            PixelFormat::Yuyv => *b"YUYV",
            PixelFormat::Uyvy => *b"UYVY",
            PixelFormat::Nv12 => *b"NV12",
            PixelFormat::Grey => *b"GREY",
            PixelFormat::Other(code) => code,
        }
    }

    /// Whether pictures of it can be read here.
    pub fn readable(self) -> bool {
        !matches!(self, PixelFormat::Other(_))
    }

    /// Bits that a pixel takes on the wire; of compressed formats nothing is known beforehand.
    pub fn bits_per_pixel(self) -> Option<u32> {
        match self {
            PixelFormat::Yuyv | PixelFormat::Uyvy => Some(16),
            PixelFormat::Nv12 => Some(12),
            PixelFormat::Grey => Some(8),
            PixelFormat::Mjpeg | PixelFormat::Other(_) => None,
        }
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.fourcc() {
            let byte = char::from(byte);
            write!(f, "{}", if byte.is_ascii_graphic() { byte } else { '?' })?;
        }
        Ok(())
    }
}

/// Pictures a second, as the kernel counts: so many in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many pictures.
    pub pictures: u32,
    /// In so many seconds; never 0.
    pub seconds: u32,
}

impl Rate {
    /// A hundredth of a picture a second, to compare and to print.
    pub fn centi(self) -> u32 {
        let centi = u64::from(self.pictures) * 100 / u64::from(self.seconds.max(1));
        u32::try_from(centi).unwrap_or(u32::MAX)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.centi() / 100, self.centi() % 100) {
            (whole, 0) => write!(f, "{whole}"),
            (whole, part) => write!(f, "{whole}.{part:02}"),
        }
    }
}

/// A size of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

/// How sizes are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    /// This one.
    One(Size),
    /// Any between two. Chromium does not list cameras that offer sizes like this.
    Between(Size, Size),
}

/// One thing that a camera offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The format.
    pub format: PixelFormat,
    /// The size, or sizes.
    pub sizes: Sizes,
    /// Rates from the fastest; empty when the driver does not say.
    pub rates: Vec<Rate>,
}

/// What is asked of a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// The format.
    pub format: PixelFormat,
    /// The size.
    pub size: Size,
}

/// What the pictures are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A look now and then whether there is a picture at all: as small as still shows whether it is sharp.
    Look,
    /// One for a person: as large as there is, up to this width.
    Show(u32),
}

/// The least width at which a blurred picture differs from a sharp one.
const SHARP_WIDTH: u32 = 640;
/// What is taken of offers without steps.
const COMMON: Size = Size {
    width: 1280,
    height: 720,
};

/// The mode to take; `None` when nothing on offer can be read here.
pub fn choose(offers: &[Offer], purpose: Purpose) -> Option<Mode> {
    let readable = offers.iter().filter(|offer| offer.format.readable());
    let modes = readable.map(|offer| Mode {
        format: offer.format,
        size: match offer.sizes {
            Sizes::One(size) => size,
            Sizes::Between(least, most) => between(least, most),
        },
    });
    match purpose {
        Purpose::Look => modes.min_by_key(|mode| {
            let (width, pixels) = (mode.size.width, mode.size.pixels());
            // Among those that are too small the largest; uncompressed needs no decoder.
            let key = if width < SHARP_WIDTH {
                u64::MAX / 2 - pixels
            } else {
                pixels
            };
            (key, mode.format == PixelFormat::Mjpeg, mode.format)
        }),
        Purpose::Show(most) => modes.max_by_key(|mode| {
            let fits = mode.size.width <= most;
            let pixels = mode.size.pixels();
            // Colour before grey; of two alike the compressed one, which fits on any bus.
            let colour = mode.format != PixelFormat::Grey;
            (
                fits,
                colour,
                if fits { pixels } else { u64::MAX - pixels },
                mode.format == PixelFormat::Mjpeg,
            )
        }),
    }
}

fn between(least: Size, most: Size) -> Size {
    Size {
        width: COMMON.width.clamp(least.width, most.width.max(least.width)),
        height: COMMON
            .height
            .clamp(least.height, most.height.max(least.height)),
    }
}

/// Bytes a second that a high-speed USB port carries for one camera: 3 packets of 1024 bytes in each of 8000 microframes
/// (USB 2.0, 5.9.2).
pub const USB2_BYTES_PER_SECOND: u64 = 3 * 1024 * 8000;

/// Whether a mode at a rate fits through a high-speed port; `None` for compressed pictures, whose size nobody knows.
pub fn fits_usb2(mode: Mode, rate: Rate) -> Option<bool> {
    let bits = u64::from(mode.format.bits_per_pixel()?) * mode.size.pixels();
    Some(bits / 8 * u64::from(rate.centi()) / 100 <= USB2_BYTES_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(format: PixelFormat, width: u32, height: u32) -> Offer {
        Offer {
            format,
            sizes: Sizes::One(Size { width, height }),
            rates: vec![Rate {
                pictures: 30,
                seconds: 1,
            }],
        }
    }

    fn webcam() -> Vec<Offer> {
        let mut all = vec![offer(PixelFormat::Other(*b"H264"), 1920, 1080)];
        for (width, height) in [(160, 90), (320, 180), (640, 360), (1280, 720), (1920, 1080)] {
            all.push(offer(PixelFormat::Yuyv, width, height));
            all.push(offer(PixelFormat::Mjpeg, width, height));
        }
        all
    }

    fn chosen(offers: &[Offer], purpose: Purpose) -> String {
        choose(offers, purpose).map_or("none".to_owned(), |mode| {
            format!("{} {}", mode.format, mode.size)
        })
    }

    #[test]
    fn a_look_takes_the_smallest_that_still_shows_sharpness() {
        assert_eq!(chosen(&webcam(), Purpose::Look), "YUYV 640x360");
        assert_eq!(chosen(&webcam()[1..5], Purpose::Look), "YUYV 320x180");
        let compressed: Vec<Offer> = webcam()
            .into_iter()
            .filter(|offer| offer.format == PixelFormat::Mjpeg)
            .collect();
        assert_eq!(chosen(&compressed, Purpose::Look), "MJPG 640x360");
    }

    #[test]
    fn a_person_gets_the_largest_and_the_compressed_one_of_two_alike() {
        assert_eq!(chosen(&webcam(), Purpose::Show(u32::MAX)), "MJPG 1920x1080");
        assert_eq!(chosen(&webcam(), Purpose::Show(1280)), "MJPG 1280x720");
        assert_eq!(chosen(&webcam(), Purpose::Show(100)), "MJPG 160x90");
        let infrared = [
            offer(PixelFormat::Grey, 640, 480),
            offer(PixelFormat::Yuyv, 320, 240),
        ];
        assert_eq!(chosen(&infrared, Purpose::Show(u32::MAX)), "YUYV 320x240");
    }

    #[test]
    fn what_cannot_be_read_is_not_chosen() {
        assert_eq!(chosen(&webcam()[..1], Purpose::Look), "none");
        assert_eq!(chosen(&[], Purpose::Show(640)), "none");
    }

    #[test]
    fn offers_without_steps_give_a_common_size_inside_them() {
        let any = |most| Offer {
            sizes: Sizes::Between(
                Size {
                    width: 64,
                    height: 64,
                },
                most,
            ),
            ..offer(PixelFormat::Yuyv, 0, 0)
        };
        let large = Size {
            width: 4096,
            height: 2160,
        };
        assert_eq!(chosen(&[any(large)], Purpose::Look), "YUYV 1280x720");
        let small = Size {
            width: 720,
            height: 576,
        };
        assert_eq!(chosen(&[any(small)], Purpose::Look), "YUYV 720x576");
    }

    #[test]
    fn the_bus_is_too_narrow_for_large_uncompressed_pictures() {
        let mode = |width, height, format| Mode {
            format,
            size: Size { width, height },
        };
        let thirty = Rate {
            pictures: 30,
            seconds: 1,
        };
        assert_eq!(
            fits_usb2(mode(640, 480, PixelFormat::Yuyv), thirty),
            Some(true)
        );
        assert_eq!(
            fits_usb2(mode(1280, 720, PixelFormat::Yuyv), thirty),
            Some(false)
        );
        assert_eq!(
            fits_usb2(
                mode(1280, 720, PixelFormat::Yuyv),
                Rate {
                    pictures: 10,
                    seconds: 1
                }
            ),
            Some(true)
        );
        assert_eq!(
            fits_usb2(mode(1920, 1080, PixelFormat::Mjpeg), thirty),
            None
        );
    }

    #[test]
    fn rates_are_said_as_people_do() {
        assert_eq!(
            Rate {
                pictures: 30,
                seconds: 1
            }
            .to_string(),
            "30"
        );
        assert_eq!(
            Rate {
                pictures: 15,
                seconds: 2
            }
            .to_string(),
            "7.50"
        );
        assert_eq!(
            Rate {
                pictures: 30000,
                seconds: 1001
            }
            .to_string(),
            "29.97"
        );
    }
}
