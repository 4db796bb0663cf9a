//! Picture and voice for a browser without camera and microphone: a moving pattern with a name plate, and speech.
//! Knows no browser.

use anyhow::{Context, Result};
use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_10X20;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::*;
use embedded_graphics::text::{Alignment, Text};
use std::convert::Infallible;
use std::f32::consts::TAU;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use tracing::info;

/// Pixels across.
pub const WIDTH: usize = 640;
/// Pixels down.
pub const HEIGHT: usize = 360;
const FRAMES_PER_SECOND: usize = 15;
const SECONDS: usize = 4;
const SAMPLES_PER_SECOND: u32 = 48_000;

/// Writes an endless-looking picture: the name on a plate, and stripes that move, in a colour of `hue` degrees.
///
/// # Errors
/// The file cannot be written.
pub fn picture(file: &Path, name: &str, hue: f32) -> Result<()> {
    let out = File::create(file).with_context(|| format!("making {}", file.display()))?;
    let mut out = BufWriter::new(out);
    writeln!(
        out,
        "YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg"
    )?;
    let plate = Plate::with(name);
    let frames = FRAMES_PER_SECOND * SECONDS;
    for frame in 0..frames {
        out.write_all(b"FRAME\n")?;
        out.write_all(&draw(&plate, hue, frame as f32 / frames as f32))?;
    }
    out.flush()?;
    Ok(())
}

/// One picture as planes; `at` runs from 0 to 1 over the loop.
fn draw(plate: &Plate, hue: f32, at: f32) -> Vec<u8> {
    // Stripes run aslant, so a pixel's light depends on the sum of its coordinates only.
    let stripe = |sum: usize| 110.0 + 25.0 * ((sum as f32 / 80.0 - at * 4.0) * TAU).sin();
    let light: Vec<u8> = (0..WIDTH + HEIGHT).map(|sum| stripe(sum) as u8).collect();
    let mut luma = vec![0; WIDTH * HEIGHT];
    for (y, line) in luma.chunks_exact_mut(WIDTH).enumerate() {
        for (x, pixel) in line.iter_mut().enumerate() {
            *pixel = plate.at(x, y).unwrap_or(light[x + y]);
        }
    }
    // Full chroma circle at half strength; the plate stays coloured, which nobody minds.
    let turn = hue.to_radians();
    let blue = (128.0 + 60.0 * turn.cos()) as u8;
    let red = (128.0 + 60.0 * turn.sin()) as u8;
    let quarter = WIDTH * HEIGHT / 4;
    let mut whole = luma;
    whole.extend(std::iter::repeat_n(blue, quarter));
    whole.extend(std::iter::repeat_n(red, quarter));
    whole
}

/// Writing in a picture, each dot of the font several pixels wide.
struct Plate {
    dots: Vec<bool>,
}

const DOT: usize = 5;
const PLATE_WIDTH: usize = WIDTH / DOT;
const PLATE_HEIGHT: usize = 24;
const PLATE_TOP: usize = HEIGHT / 2 - PLATE_HEIGHT * DOT / 2;

impl Plate {
    fn with(name: &str) -> Plate {
        let mut plate = Plate {
            dots: vec![false; PLATE_WIDTH * PLATE_HEIGHT],
        };
        let style = MonoTextStyle::new(&FONT_10X20, BinaryColor::On);
        let middle = Point::new(PLATE_WIDTH as i32 / 2, 17);
        let Ok(_) = Text::with_alignment(name, middle, style, Alignment::Center).draw(&mut plate);
        plate
    }

    /// The light of a pixel on the plate; nothing beside it.
    fn at(&self, x: usize, y: usize) -> Option<u8> {
        let row = y.checked_sub(PLATE_TOP)? / DOT;
        let lit = *self.dots.get(row * PLATE_WIDTH + x / DOT)?;
        Some(if lit { 235 } else { 25 })
    }
}

impl OriginDimensions for Plate {
    fn size(&self) -> Size {
        Size::new(PLATE_WIDTH as u32, PLATE_HEIGHT as u32)
    }
}

impl DrawTarget for Plate {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            let (Ok(x), Ok(y)) = (usize::try_from(point.x), usize::try_from(point.y)) else {
                continue;
            };
            if x < PLATE_WIDTH && y < PLATE_HEIGHT {
                self.dots[y * PLATE_WIDTH + x] = colour.is_on();
            }
        }
        Ok(())
    }
}

/// Who speaks.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    /// espeak-ng's name of the voice, such as `de` or `en+f3`.
    pub name: &'static str,
    /// What it says, again and again.
    pub words: &'static str,
    /// The lowest tone of the chirps that take its place, in hertz.
    pub chirp: f32,
}

/// Writes a voice: speech where espeak-ng is installed, else a row of chirps.
///
/// # Errors
/// The file cannot be written.
pub fn voice(file: &Path, voice: Voice) -> Result<()> {
    let spoken = Command::new("espeak-ng")
        .args(["-v", voice.name, "-s", "150", "-w"])
        .arg(file)
        .arg(voice.words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if spoken.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    info!("espeak-ng is not there; a voice is made of chirps instead");
    let mut out = BufWriter::new(File::create(file)?);
    write_wav(&mut out, &chirps(voice.chirp)).with_context(|| format!("writing {}", file.display()))
}

/// Four rising tones in four seconds, with pauses as between words.
fn chirps(lowest: f32) -> Vec<i16> {
    let rate = SAMPLES_PER_SECOND as f32;
    let mut phase = 0.0_f32;
    (0..4 * SAMPLES_PER_SECOND)
        .map(|n| {
            let within = (n % SAMPLES_PER_SECOND) as f32 / rate;
            if within > 0.6 {
                return 0;
            }
            phase = (phase + (lowest + 900.0 * within) / rate).fract();
            let swell = (within / 0.6 * TAU / 2.0).sin();
            ((phase * TAU).sin() * swell * 12_000.0) as i16
        })
        .collect()
}

fn write_wav(out: &mut impl Write, samples: &[i16]) -> Result<()> {
    let bytes = u32::try_from(samples.len() * 2)?;
    out.write_all(b"RIFF")?;
    out.write_all(&(36 + bytes).to_le_bytes())?;
    out.write_all(b"WAVEfmt ")?;
    out.write_all(&16u32.to_le_bytes())?;
    for word in [1u16, 1] {
        out.write_all(&word.to_le_bytes())?;
    }
    out.write_all(&SAMPLES_PER_SECOND.to_le_bytes())?;
    out.write_all(&(SAMPLES_PER_SECOND * 2).to_le_bytes())?;
    for word in [2u16, 16] {
        out.write_all(&word.to_le_bytes())?;
    }
    out.write_all(b"data")?;
    out.write_all(&bytes.to_le_bytes())?;
    for sample in samples {
        out.write_all(&sample.to_le_bytes())?;
    }
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_size_moves_and_shows_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.y4m");
        picture(&file, "Gegenüber", 200.0).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        let head = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
        let frame = "FRAME\n".len() + WIDTH * HEIGHT * 3 / 2;
        assert_eq!(bytes.len() - head, frame * FRAMES_PER_SECOND * SECONDS);
        assert_ne!(
            bytes[head..head + frame],
            bytes[head + frame..head + 2 * frame]
        );
        let lit = Plate::with("Gegenüber").dots.iter().filter(|d| **d).count();
        assert!(lit > 200, "{lit} dots");
    }

    #[test]
    fn chirps_are_a_whole_wav_with_sound_and_pauses() {
        let samples = chirps(300.0);
        let mut wav = Vec::new();
        write_wav(&mut wav, &samples).unwrap();
        assert_eq!(wav.len(), 44 + samples.len() * 2);
        assert!(
            samples.iter().any(|s| *s > 8000)
                && samples.iter().filter(|s| **s == 0).count() > 10_000
        );
    }
}
