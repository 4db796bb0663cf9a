//! A canvas as a PNG picture, for people without the panel and for tests.

use crate::canvas::Canvas;
use crate::draw::{Palette, draw};
use crate::error::PanelError;
use crate::kind::{Depth, Kind};
use crate::show::Show;
use embedded_graphics::geometry::OriginDimensions;
use embedded_graphics::pixelcolor::{BinaryColor, PixelColor, Rgb565, RgbColor};

/// A colour as a screen of today shows it.
pub trait Seen: PixelColor {
    /// Red, green and blue, from 0 to 255.
    fn rgb(self, ink_on_paper: bool) -> [u8; 3];
}

impl Seen for Rgb565 {
    fn rgb(self, _: bool) -> [u8; 3] {
        let wide = |value: u8, most: u8| (u16::from(value) * 255 / u16::from(most)) as u8;
        [
            wide(self.r(), Rgb565::MAX_R),
            wide(self.g(), Rgb565::MAX_G),
            wide(self.b(), Rgb565::MAX_B),
        ]
    }
}

impl Seen for BinaryColor {
    fn rgb(self, ink_on_paper: bool) -> [u8; 3] {
        match self.is_on() != ink_on_paper {
            true => [255; 3],
            false => [0; 3],
        }
    }
}

/// What a panel of this kind shows, as PNG.
///
/// # Errors
/// When the screen has too many colours.
pub fn picture(kind: Kind, show: &Show) -> Result<Vec<u8>, PanelError> {
    match kind.depth() {
        Depth::Colour => drawn(kind, &Palette::colour(), show, false),
        Depth::Lit => drawn(kind, &Palette::lit(), show, false),
        Depth::Ink => drawn(kind, &Palette::ink(), show, true),
    }
}

fn drawn<C: Seen>(
    kind: Kind,
    palette: &Palette<C>,
    show: &Show,
    ink_on_paper: bool,
) -> Result<Vec<u8>, PanelError> {
    let mut canvas = Canvas::new(kind.size(), palette.ground());
    let Ok(()) = draw(&mut canvas, palette, show);
    png(&canvas, ink_on_paper)
}

/// The picture as PNG with at most sixteen colours, which is all that a panel's screen has.
///
/// # Errors
/// With more colours.
pub fn png<C: Seen>(canvas: &Canvas<C>, ink_on_paper: bool) -> Result<Vec<u8>, PanelError> {
    let mut colours: Vec<[u8; 3]> = Vec::new();
    let mut indexes = Vec::with_capacity(canvas.pixels().len());
    for pixel in canvas.pixels() {
        let rgb = pixel.rgb(ink_on_paper);
        let index = colours
            .iter()
            .position(|known| *known == rgb)
            .unwrap_or_else(|| {
                colours.push(rgb);
                colours.len() - 1
            });
        indexes.push(u8::try_from(index).unwrap_or(u8::MAX));
    }
    if colours.len() > 16 {
        return Err(PanelError::Picture("more than sixteen colours".to_owned()));
    }
    let size = canvas.size();
    let mut rows = Vec::new();
    for row in indexes.chunks(size.width.max(1) as usize) {
        rows.extend(
            row.chunks(2)
                .map(|two| two[0] << 4 | two.get(1).unwrap_or(&0)),
        );
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size.width, size.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Four);
    encoder.set_palette(colours.concat());
    encoder.set_compression(png::Compression::High);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&rows));
    written.map_err(|e| PanelError::Picture(e.to_string()))?;
    Ok(file)
}

/// Width, height and colours of a PNG picture.
///
/// # Errors
/// When it is none.
pub fn decode(file: &[u8]) -> Result<(u32, u32, Vec<u8>), PanelError> {
    let broken = |e: png::DecodingError| PanelError::Picture(e.to_string());
    let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(broken)?;
    let size = reader.output_buffer_size().unwrap_or_default();
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(broken)?;
    pixels.truncate(frame.buffer_size());
    Ok((frame.width, frame.height, pixels))
}
