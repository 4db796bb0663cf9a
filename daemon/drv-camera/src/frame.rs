//! A picture's bytes as the kernel gives them, made grey to be judged or coloured to be shown. Pure.
//! What is too short, torn or nonsense is an error and never a panic: bytes come from outside.

use crate::error::CameraError;
use crate::mode::{PixelFormat, Size};
use std::borrow::Cow;
use yuv::{YuvBiPlanarImage, YuvConversionMode, YuvPackedImage, YuvRange, YuvStandardMatrix};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A picture as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// How its bytes are laid out.
    pub format: PixelFormat,
    /// Its size.
    pub size: Size,
    /// Bytes from one line to the next; 0 for compressed formats.
    pub stride: u32,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Luma alone, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// One byte a pixel.
    pub luma: Vec<u8>,
}

/// Red, green and blue, three bytes a pixel, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colour {
    /// The size.
    pub size: Size,
    /// The bytes.
    pub rgb: Vec<u8>,
}

/// A camera that claims more is not believed.
const LARGEST: usize = 8192;

impl Frame {
    /// Luma alone.
    ///
    /// # Errors
    /// When the bytes are no such picture.
    pub fn grey(&self) -> Result<Grey, CameraError> {
        let (width, height) = self.checked_size()?;
        if self.format == PixelFormat::Mjpeg {
            let (luma, size) = jpeg(&self.bytes, ColorSpace::Luma)?;
            return Ok(Grey {
                width: size.width as usize,
                height: size.height as usize,
                luma,
            });
        }
        let (first, step) = match self.format {
            PixelFormat::Yuyv => (0, 2),
            PixelFormat::Uyvy => (1, 2),
            PixelFormat::Nv12 | PixelFormat::Grey => (0, 1),
            PixelFormat::Mjpeg | PixelFormat::Other(_) => return Err(self.unreadable()),
        };
        let stride = self.stride(width * step)?;
        let mut luma = Vec::with_capacity(width * height);
        for line in self.bytes.chunks(stride).take(height) {
            let pixels = line.get(..width * step).ok_or_else(|| self.torn())?;
            luma.extend(pixels.iter().skip(first).step_by(step));
        }
        match luma.len() == width * height {
            true => Ok(Grey {
                width,
                height,
                luma,
            }),
            false => Err(self.torn()),
        }
    }

    /// The picture for a person.
    ///
    /// # Errors
    /// When the bytes are no such picture.
    pub fn colour(&self) -> Result<Colour, CameraError> {
        let (width, height) = self.checked_size()?;
        let mut rgb = vec![0; width * height * 3];
        let across = self.size.width * 3;
        // Webcams give what the old standard for television says; UVC 1.5, 3.9.2.6, makes it the default.
        let (range, matrix) = (YuvRange::Limited, YuvStandardMatrix::Bt601);
        let wrong = |error: yuv::YuvError| CameraError::Garbled(error.to_string());
        match self.format {
            PixelFormat::Mjpeg => {
                let (rgb, size) = jpeg(&self.bytes, ColorSpace::RGB)?;
                return Ok(Colour { size, rgb });
            }
            PixelFormat::Yuyv | PixelFormat::Uyvy => {
                let least = width.div_ceil(2) * 4;
                let stride = self.stride(least)?;
                let rows = self.rows(&self.bytes, (stride, least), height)?;
                let image = YuvPackedImage {
                    yuy: &rows,
                    yuy_stride: u32::try_from(stride).unwrap_or(u32::MAX),
                    width: self.size.width,
                    height: self.size.height,
                };
                let convert = match self.format {
                    PixelFormat::Uyvy => yuv::uyvy422_to_rgb,
                    _ => yuv::yuyv422_to_rgb,
                };
                convert(&image, &mut rgb, across, range, matrix).map_err(wrong)?;
            }
            PixelFormat::Nv12 => {
                let least = width.div_ceil(2) * 2;
                let stride = self.stride(least)?;
                let (luma, chroma) = self
                    .bytes
                    .split_at_checked(stride * height)
                    .ok_or_else(|| self.torn())?;
                let chroma = self.rows(chroma, (stride, least), height.div_ceil(2))?;
                let stride = u32::try_from(stride).unwrap_or(u32::MAX);
                let image = YuvBiPlanarImage {
                    y_plane: luma,
                    y_stride: stride,
                    uv_plane: &chroma,
                    uv_stride: stride,
                    width: self.size.width,
                    height: self.size.height,
                };
                let mode = YuvConversionMode::Balanced;
                yuv::yuv_nv12_to_rgb(&image, &mut rgb, across, range, matrix, mode)
                    .map_err(wrong)?;
            }
            PixelFormat::Grey => {
                rgb = self
                    .grey()?
                    .luma
                    .iter()
                    .flat_map(|luma| [*luma; 3])
                    .collect()
            }
            PixelFormat::Other(_) => return Err(self.unreadable()),
        }
        Ok(Colour {
            size: self.size,
            rgb,
        })
    }

    /// So many whole rows. The last one may come without its filling, and yuv leaves out what is no whole row, or panics (0.8.20).
    fn rows<'a>(
        &self,
        bytes: &'a [u8],
        (stride, least): (usize, usize),
        count: usize,
    ) -> Result<Cow<'a, [u8]>, CameraError> {
        let whole = stride * count;
        match bytes.get(..whole) {
            Some(rows) => Ok(Cow::Borrowed(rows)),
            None if bytes.len() >= whole - stride + least => {
                let mut rows = bytes.to_vec();
                rows.resize(whole, 0);
                Ok(Cow::Owned(rows))
            }
            None => Err(self.torn()),
        }
    }

    fn checked_size(&self) -> Result<(usize, usize), CameraError> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        match (1..=LARGEST).contains(&width) && (1..=LARGEST).contains(&height) {
            true => Ok((width, height)),
            false => Err(CameraError::Garbled(format!("its size is {}", self.size))),
        }
    }

    fn stride(&self, least: usize) -> Result<usize, CameraError> {
        match self.stride as usize {
            0 => Ok(least),
            stride if stride >= least && stride <= 16 * LARGEST => Ok(stride),
            _ => Err(self.torn()),
        }
    }

    fn torn(&self) -> CameraError {
        let (bytes, size, format) = (self.bytes.len(), self.size, self.format);
        CameraError::Garbled(format!("{bytes} bytes are no {format} picture of {size}"))
    }

    fn unreadable(&self) -> CameraError {
        CameraError::Garbled(format!("nothing here reads {}", self.format))
    }
}

impl Colour {
    /// As a PNG file.
    ///
    /// # Errors
    /// When the sizes do not fit together.
    pub fn png(&self) -> Result<Vec<u8>, CameraError> {
        let mut file = Vec::new();
        let wrong = |error: png::EncodingError| CameraError::Garbled(error.to_string());
        let mut encoder = png::Encoder::new(&mut file, self.size.width, self.size.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(wrong)?;
        writer.write_image_data(&self.rgb).map_err(wrong)?;
        writer.finish().map_err(wrong)?;
        Ok(file)
    }
}

/// Webcams leave out the Huffman tables, which the decoder then adds for those that say that they do.
fn jpeg(bytes: &[u8], into: ColorSpace) -> Result<(Vec<u8>, Size), CameraError> {
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(into)
        .set_max_width(LARGEST)
        .set_max_height(LARGEST);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let wrong = |error: zune_jpeg::errors::DecodeErrors| CameraError::Garbled(error.to_string());
    let pixels = decoder.decode().map_err(wrong)?;
    let (width, height) = decoder
        .dimensions()
        .ok_or_else(|| CameraError::Garbled("a JPEG without a size".to_owned()))?;
    let size = Size {
        width: u32::try_from(width).unwrap_or(u32::MAX),
        height: u32::try_from(height).unwrap_or(u32::MAX),
    };
    Ok((pixels, size))
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
