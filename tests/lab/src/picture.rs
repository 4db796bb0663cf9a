//! Pictures of a display: reading them, comparing two of one scene, and what a phone's camera would read in one.
//! Knows no page and no guest.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

/// Two drawings of one thing may differ by so much in a colour.
const SAME: u8 = 12;

/// A picture, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// As QEMU writes it: the plainest kind of colour picture (`P6`, eight bits).
    ///
    /// # Errors
    /// It is something else, or cut off.
    pub fn ppm(bytes: &[u8]) -> Result<Picture> {
        // Four words, each ended by one white space, then the pixels.
        let mut parts = bytes.splitn(4, |byte| byte.is_ascii_whitespace());
        let mut next = || parts.next().context("a picture that is cut off");
        let (kind, width, height) = (next()?, number(next()?)?, number(next()?)?);
        ensure!(kind == b"P6", "a picture of another kind");
        let rest = next()?;
        let pixels = rest.strip_prefix(b"255\n").context("other colours")?;
        Picture::of(width, height, pixels, 3)
    }

    /// A PNG file with eight bits for each colour.
    ///
    /// # Errors
    /// It is something else, or cut off.
    pub fn png(bytes: &[u8]) -> Result<Picture> {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info()?;
        let mut pixels = vec![0; reader.output_buffer_size().context("a huge picture")?];
        let info = reader.next_frame(&mut pixels)?;
        let samples = info.color_type.samples();
        ensure!(samples >= 3, "a picture without colours");
        let (width, height) = (info.width as usize, info.height as usize);
        Picture::of(width, height, &pixels[..info.buffer_size()], samples)
    }

    fn of(width: usize, height: usize, bytes: &[u8], samples: usize) -> Result<Picture> {
        ensure!(
            width > 0 && bytes.len() == width * height * samples,
            "{} bytes are no picture of {width} by {height}",
            bytes.len()
        );
        let pixels = bytes.chunks(samples).map(|p| [p[0], p[1], p[2]]).collect();
        Ok(Picture { width, pixels })
    }

    /// Keeps it as PNG, for people to look at.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(&self, file: &Path) -> Result<()> {
        let out =
            std::fs::File::create(file).with_context(|| format!("writing {}", file.display()))?;
        let (width, height) = self.size();
        let mut encoder = png::Encoder::new(out, u32::try_from(width)?, u32::try_from(height)?);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(self.pixels.as_flattened())?;
        writer.finish()?;
        Ok(())
    }

    /// Pixels across and down.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.pixels.len() / self.width)
    }

    /// How much of it differs from another one of the same size, from 0 to 1; without that size, all of it.
    pub fn differs(&self, other: &Picture) -> f64 {
        if self.size() != other.size() {
            return 1.0;
        }
        let pairs = self.pixels.iter().zip(&other.pixels);
        let far = |(one, two): &(&[u8; 3], &[u8; 3])| {
            one.iter().zip(*two).any(|(a, b)| a.abs_diff(*b) > SAME)
        };
        share(pairs.filter(far).count(), self.pixels.len())
    }

    /// How much of it is not of its commonest colour: writing and pictures on a ground.
    pub fn drawn(&self) -> f64 {
        let mut colours: BTreeMap<[u8; 3], usize> = BTreeMap::new();
        for pixel in &self.pixels {
            *colours.entry(*pixel).or_default() += 1;
        }
        let ground = colours.into_values().max().unwrap_or_default();
        1.0 - share(ground, self.pixels.len())
    }

    /// What stands in the QR codes in it.
    pub fn codes(&self) -> Vec<String> {
        let (width, height) = self.size();
        let grey = |x: usize, y: usize| {
            let [r, g, b] = self.pixels[y * width + x].map(u32::from);
            u8::try_from((299 * r + 587 * g + 114 * b) / 1000).unwrap_or(u8::MAX)
        };
        let mut scene = rqrr::PreparedImage::prepare_from_greyscale(width, height, grey);
        let found = scene.detect_grids();
        let read = found.iter().filter_map(|grid| grid.decode().ok());
        read.map(|(_, text)| text).collect()
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a display has far less than 2^52 pixels"
)]
fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

fn number(word: &[u8]) -> Result<usize> {
    Ok(std::str::from_utf8(word)?.parse()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;

    const BLACK: [u8; 3] = [0; 3];

    fn plain(width: usize, height: usize) -> Picture {
        Picture {
            width,
            pixels: vec![BLACK; width * height],
        }
    }

    #[test]
    fn what_qemu_writes_is_read_and_what_is_cut_off_is_not() {
        let text = [&b"P6\n2 1\n255\n"[..], &[0, 10, 13, 255, 32, 10]].concat();
        let picture = Picture::ppm(&text).unwrap();
        assert_eq!(picture.size(), (2, 1));
        assert_eq!(picture.pixels, [[0, 10, 13], [255, 32, 10]]);
        for cut in 0..text.len() {
            assert!(Picture::ppm(&text[..cut]).is_err(), "{cut}");
        }
        assert!(Picture::ppm(b"P5\n1 1\n255\n0").is_err());
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut picture = plain(3, 2);
        picture.pixels[4] = [1, 2, 3];
        picture.keep(file.path()).unwrap();
        let bytes = std::fs::read(file.path()).unwrap();
        assert_eq!(Picture::png(&bytes).unwrap(), picture);
    }

    #[test]
    fn an_empty_display_is_told_from_a_page() {
        let empty = plain(100, 10);
        assert!(empty.drawn() < 1e-9);
        let mut page = empty.clone();
        page.pixels[..40].fill([200; 3]);
        assert!((page.drawn() - 0.04).abs() < 1e-9);
        assert!((page.differs(&empty) - 0.04).abs() < 1e-9);
        assert!((page.differs(&plain(10, 100)) - 1.0).abs() < 1e-9);
        let mut near = page.clone();
        near.pixels[0] = [200 + SAME; 3];
        assert!(near.differs(&page) < 1e-9);
        near.pixels[0] = [201 + SAME; 3];
        assert!(near.differs(&page) > 0.0);
    }

    /// A code for a phone, drawn as the room's page draws it.
    #[test]
    fn a_code_is_read_as_a_phone_reads_it() {
        let text = "https://192.0.2.7:8443/";
        let code = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium).unwrap();
        let (cell, margin) = (6, 4);
        let side = usize::try_from(code.size() + 2 * margin).unwrap() * cell;
        let mut picture = plain(side + 200, side + 50);
        for (number, pixel) in picture.pixels.iter_mut().enumerate() {
            let (x, y) = (number % (side + 200), number / (side + 200));
            if x >= side || y >= side {
                continue;
            }
            let at = |pixel: usize| i32::try_from(pixel / cell).unwrap() - margin;
            *pixel = [if code.get_module(at(x), at(y)) {
                0
            } else {
                255
            }; 3];
        }
        assert_eq!(picture.codes(), [text]);
        assert_eq!(plain(200, 200).codes(), [""; 0]);
    }
}
