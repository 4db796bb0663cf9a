//! Draws what the emulated camera sees into a PNG.
//! `cargo run -p emulators --example chamber -- FILE.png PAN TILT ZOOM` (hundredths of a degree, thousandths).

use emulators::picture::{Camera, HEIGHT, WIDTH};
use room_core::units::Position;
use std::fs::File;
use std::io::BufWriter;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, pan, tilt, zoom] = words.as_slice() else {
        return Err("give FILE.png PAN TILT ZOOM".into());
    };
    let position = Position {
        pan: pan.parse()?,
        tilt: tilt.parse()?,
        zoom: zoom.parse()?,
    };
    let frame = Camera::default().see(position);
    let mut rgb = Vec::with_capacity(WIDTH * HEIGHT * 3);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let [luma, blue, red] = frame.pixel(x, y).map(f32::from);
            let (luma, blue, red) = (1.164 * (luma - 16.0), blue - 128.0, red - 128.0);
            let colour = [
                luma + 1.596 * red,
                luma - 0.392 * blue - 0.813 * red,
                luma + 2.017 * blue,
            ];
            rgb.extend(colour.map(|part| part.round().clamp(0.0, 255.0) as u8));
        }
    }
    let mut encoder = png::Encoder::new(
        BufWriter::new(File::create(file)?),
        WIDTH as u32,
        HEIGHT as u32,
    );
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header()?.write_image_data(&rgb)?;
    Ok(())
}
