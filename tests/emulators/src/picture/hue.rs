//! The band along the lower edge: its hue is the direction in which the head looks, so that a far end can measure it.

use super::canvas::Yuv;
use super::lens::Frame;
use embedded_graphics::pixelcolor::Rgb888;
use room_core::units::Position;

/// Height of the band in a picture of 360 rows.
pub const BAND_ROWS: usize = 32;

/// The band's hue in degrees, 0 to 360: the pan angle itself, so 0 (red) is straight on, 90 right, 270 left.
pub fn pan_hue(position: Position) -> f64 {
    (f64::from(position.pan) / 100.0).rem_euclid(360.0)
}

/// The hue in degrees of a colour as a page reads it from the picture; `None` for greys, so for no picture, too.
pub fn hue_of_rgb(rgb: [u8; 3]) -> Option<f64> {
    let [r, g, b] = rgb.map(f64::from);
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let spread = most - least;
    if spread < 24.0 {
        return None;
    }
    let sixth = if most == r {
        (g - b) / spread
    } else if most == g {
        (b - r) / spread + 2.0
    } else {
        (r - g) / spread + 4.0
    };
    Some((sixth * 60.0).rem_euclid(360.0))
}

/// How far two hues are apart, 0 to 180 degrees.
pub fn hue_distance(a: f64, b: f64) -> f64 {
    let apart = (a - b).rem_euclid(360.0);
    apart.min(360.0 - apart)
}

/// Strong, and still within what studio range can hold.
fn band_colour(hue: f64) -> Rgb888 {
    let (bright, dark) = (210.0, 40.0);
    let part = |offset: f64| {
        let k = (offset + hue / 60.0).rem_euclid(6.0);
        let share = k.min(4.0 - k).clamp(0.0, 1.0);
        (bright - (bright - dark) * share).round() as u8
    };
    Rgb888::new(part(5.0), part(3.0), part(1.0))
}

/// Paints the band.
pub(super) fn paint_band(frame: &mut Frame, position: Position) {
    let Yuv([luma, blue, red]) = band_colour(pan_hue(position)).into();
    frame.fill_rows_from_bottom(BAND_ROWS, [luma, blue, red]);
}
