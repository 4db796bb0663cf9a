//! Makes small pictures and sounds for Chromium's fake devices.

/// An uncompressed picture with a moving bar, as y4m.
pub fn picture(width: usize, height: usize, frames: usize) -> Vec<u8> {
    let mut file = format!("YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n").into_bytes();
    for frame in 0..frames {
        file.extend(b"FRAME\n");
        for y in 0..height {
            file.extend((0..width).map(|x| {
                if (x + y + frame * 8) % 64 < 32 {
                    200u8
                } else {
                    60
                }
            }));
        }
        file.extend(std::iter::repeat_n(128u8, width * height / 2));
    }
    file
}

/// A tone, as wav: 48 kHz, one channel, 16 bit.
pub fn tone(hertz: f64, seconds: u32) -> Vec<u8> {
    let rate = 48_000u32;
    let samples = rate * seconds;
    let bytes = samples * 2;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    file.extend(1u16.to_le_bytes());
    file.extend(1u16.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    file.extend(2u16.to_le_bytes());
    file.extend(16u16.to_le_bytes());
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    for n in 0..samples {
        let wave =
            (f64::from(n) * hertz * std::f64::consts::TAU / f64::from(rate)).sin() * 12_000.0;
        #[expect(clippy::cast_possible_truncation, reason = "the amplitude fits")]
        file.extend((wave as i16).to_le_bytes());
    }
    file
}
