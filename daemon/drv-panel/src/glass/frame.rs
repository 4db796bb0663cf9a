//! A framebuffer of the kernel (`/dev/fb0`), written as a file: its rows and depth stand in sysfs, so nothing is mapped into memory and
//! no call to the kernel is made by hand. DRM's own drivers for small panels offer one as well.
//! A DRM dumb buffer was weighed: it needs mapped memory and mastership of the screen, for a picture that changes once a minute.

use super::Glass;
use crate::canvas::{Canvas, Grid, changes};
use crate::draw::{Palette, draw};
use crate::error::PanelError;
use crate::picture::Seen;
use crate::show::Show;
use embedded_graphics::geometry::Size;
use embedded_graphics::pixelcolor::{IntoStorage, Rgb565};
use embedded_graphics::primitives::Rectangle;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const ROWS: Grid = Grid { column: 1, row: 4 };

/// How a framebuffer is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels.
    pub size: Size,
    /// Bits for a pixel: 16 (565) or 32 (blue, green, red, nothing).
    pub bits: u32,
    /// Bytes from one row to the next.
    pub stride: u32,
}

impl Geometry {
    /// As the kernel says in this folder of sysfs.
    ///
    /// # Errors
    /// When there is none, or its depth is not drawn on.
    pub fn read(folder: &Path) -> Result<Geometry, PanelError> {
        let text = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|e| PanelError::of(&path, &e))
        };
        let number = |text: &str| text.trim().parse::<u32>().unwrap_or(0);
        let size = text("virtual_size")?;
        let (width, height) = size.trim().split_once(',').unwrap_or(("0", "0"));
        let bits = number(&text("bits_per_pixel")?);
        if bits != 16 && bits != 32 {
            return Err(PanelError::Depth(bits));
        }
        Ok(Geometry {
            size: Size::new(number(width), number(height)),
            bits,
            stride: number(&text("stride")?),
        })
    }
}

/// A framebuffer in hand.
pub struct Frame {
    file: File,
    path: PathBuf,
    geometry: Geometry,
    zoom: u32,
    shown: Option<Canvas<Rgb565>>,
}

impl Frame {
    /// Opens a framebuffer that is laid out like this.
    ///
    /// # Errors
    /// When it is not there or may not be opened.
    pub fn open(path: &Path, geometry: Geometry) -> Result<Frame, PanelError> {
        let file = OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(|e| PanelError::of(path, &e))?;
        // Letters that are right for a small panel are tiny on a large screen.
        let zoom = (geometry.size.width / 320)
            .min(geometry.size.height / 200)
            .max(1);
        Ok(Frame {
            file,
            path: path.to_owned(),
            geometry,
            zoom,
            shown: None,
        })
    }

    fn write(&self, canvas: &Canvas<Rgb565>, area: Rectangle) -> Result<(), PanelError> {
        let (left, width) = (area.top_left.x as u32, area.size.width);
        let pixel_bytes = self.geometry.bits / 8;
        let pixels: Vec<Rgb565> = canvas.part(area).collect();
        for (index, row) in pixels.chunks(width.max(1) as usize).enumerate() {
            let bytes: Vec<u8> = row
                .iter()
                .flat_map(|pixel| vec![self.bytes(*pixel); self.zoom as usize].concat())
                .collect();
            let top = (area.top_left.y as u32 + index as u32) * self.zoom;
            for line in top..top + self.zoom {
                let at = u64::from(line) * u64::from(self.geometry.stride)
                    + u64::from(left * self.zoom * pixel_bytes);
                self.file
                    .write_all_at(&bytes, at)
                    .map_err(|e| PanelError::of(&self.path, &e))?;
            }
        }
        Ok(())
    }

    fn bytes(&self, pixel: Rgb565) -> Vec<u8> {
        match self.geometry.bits {
            16 => pixel.into_storage().to_le_bytes().to_vec(),
            _ => {
                let [red, green, blue] = pixel.rgb(false);
                vec![blue, green, red, 0]
            }
        }
    }
}

impl Frame {
    fn put(&mut self, canvas: Canvas<Rgb565>) -> Result<(), PanelError> {
        for area in changes(self.shown.as_ref(), &canvas, ROWS) {
            self.write(&canvas, area)?;
        }
        self.shown = Some(canvas);
        Ok(())
    }

    fn empty(&self) -> Canvas<Rgb565> {
        let Size { width, height } = self.geometry.size;
        let size = Size::new(width / self.zoom, height / self.zoom);
        Canvas::new(size, Palette::colour().ground())
    }
}

impl Glass for Frame {
    fn show(&mut self, show: &Show) -> Result<(), PanelError> {
        let mut canvas = self.empty();
        let Ok(()) = draw(&mut canvas, &Palette::colour(), show);
        self.put(canvas)
    }

    fn blank(&mut self) -> Result<(), PanelError> {
        self.put(self.empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, Tongue, sample};

    fn sysfs(folder: &Path, size: &str, bits: &str, stride: &str) {
        fs::write(folder.join("virtual_size"), size).unwrap();
        fs::write(folder.join("bits_per_pixel"), bits).unwrap();
        fs::write(folder.join("stride"), stride).unwrap();
    }

    #[test]
    fn rows_lie_where_the_kernel_says() {
        let folder = tempfile::tempdir().unwrap();
        sysfs(folder.path(), "640,480\n", "32\n", "2600\n");
        let geometry = Geometry::read(folder.path()).unwrap();
        let path = folder.path().join("fb0");
        fs::write(&path, vec![7_u8; 2600 * 480]).unwrap();
        let mut frame = Frame::open(&path, geometry).unwrap();
        frame.show(&sample(Sample::Live, Tongue::German)).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes.len(), 2600 * 480, "nothing is written behind the end");
        for row in [0, 1, 240, 479] {
            let row = &bytes[row * 2600..(row + 1) * 2600];
            assert!(
                row[..2560].chunks(4).all(|pixel| pixel[3] == 0),
                "a row is drawn whole"
            );
            assert!(
                row[2560..].iter().all(|byte| *byte == 7),
                "what lies between rows is not touched"
            );
        }
        // Doubled: each pixel is four.
        assert_eq!(bytes[..4], bytes[4..8]);
        assert_eq!(bytes[..2560], bytes[2600..2600 + 2560]);
    }

    #[test]
    fn a_depth_that_is_not_drawn_on_is_named() {
        let folder = tempfile::tempdir().unwrap();
        sysfs(folder.path(), "640,480\n", "8\n", "640\n");
        assert!(matches!(
            Geometry::read(folder.path()),
            Err(PanelError::Depth(8))
        ));
        assert!(matches!(
            Geometry::read(&folder.path().join("no")),
            Err(PanelError::Absent(_))
        ));
    }
}
