//! Bytes to grey and colour: known pixels, padding, torn pictures, a webcam's JPEG without its tables, noise as input.

use super::*;
use proptest::prelude::*;

fn frame(format: PixelFormat, width: u32, height: u32, bytes: Vec<u8>) -> Frame {
    Frame {
        format,
        size: Size { width, height },
        stride: 0,
        bytes,
    }
}

/// Two pixels a line: white and black, then the reverse; no colour.
fn packed(first: usize) -> Vec<u8> {
    let pixels = [[235, 16], [16, 235]].concat();
    pixels
        .into_iter()
        .flat_map(|luma| if first == 0 { [luma, 128] } else { [128, luma] })
        .collect()
}

#[test]
fn luma_is_found_in_every_layout() {
    let grey = vec![235, 16, 16, 235];
    let planar = [grey.clone(), vec![128; 2]].concat();
    for (format, bytes) in [
        (PixelFormat::Yuyv, packed(0)),
        (PixelFormat::Uyvy, packed(1)),
        (PixelFormat::Nv12, planar),
        (PixelFormat::Grey, grey.clone()),
    ] {
        assert_eq!(
            frame(format, 2, 2, bytes).grey().unwrap().luma,
            grey,
            "{format}"
        );
    }
}

#[test]
fn colours_come_out_as_they_went_in() {
    // Red by the old television standard: Y 81, U 90, V 240.
    let red = |pixels: &[u8]| {
        pixels
            .chunks(3)
            .all(|rgb| rgb[0] > 245 && rgb[1] < 10 && rgb[2] < 10)
    };
    let yuyv = frame(PixelFormat::Yuyv, 2, 2, [81, 90, 81, 240].repeat(2));
    assert!(red(&yuyv.colour().unwrap().rgb), "{:?}", yuyv.colour());
    let uyvy = frame(PixelFormat::Uyvy, 2, 2, [90, 81, 240, 81].repeat(2));
    assert!(red(&uyvy.colour().unwrap().rgb), "{:?}", uyvy.colour());
    let nv12 = frame(PixelFormat::Nv12, 2, 2, vec![81, 81, 81, 81, 90, 240]);
    assert!(red(&nv12.colour().unwrap().rgb), "{:?}", nv12.colour());
}

#[test]
fn padding_at_the_end_of_lines_is_no_picture() {
    let mut padded = frame(PixelFormat::Grey, 2, 2, vec![1, 2, 99, 99, 3, 4]);
    padded.stride = 4;
    assert_eq!(padded.grey().unwrap().luma, [1, 2, 3, 4]);
    padded.stride = 1;
    assert!(padded.grey().is_err());
}

#[test]
fn half_a_picture_is_an_error_that_says_so() {
    let half = frame(PixelFormat::Yuyv, 640, 480, vec![0; 640 * 480]);
    let said = half.grey().unwrap_err().to_string();
    assert_eq!(
        said,
        "a picture cannot be read: 307200 bytes are no YUYV picture of 640x480"
    );
    assert!(half.colour().is_err());
    assert!(
        frame(PixelFormat::Mjpeg, 8, 8, vec![0xff, 0xd8, 0xff])
            .grey()
            .is_err()
    );
    assert!(
        frame(PixelFormat::Other(*b"H264"), 8, 8, vec![0; 99])
            .colour()
            .is_err()
    );
    assert!(
        frame(PixelFormat::Grey, u32::MAX, u32::MAX, vec![])
            .grey()
            .is_err()
    );
    assert!(frame(PixelFormat::Grey, 0, 8, vec![]).grey().is_err());
}

/// A grey JPEG of 8 by 8 pixels as webcams send it: marked as of an AVI, without Huffman tables.
fn bare_jpeg() -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 16];
    bytes.extend(b"AVI1\0\0\0\0\0\0\0\0\0\0");
    bytes.extend([0xff, 0xdb, 0, 67, 0]);
    bytes.extend([8; 64]);
    bytes.extend([0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]);
    // ITU-T T.81: no difference to middle grey is 00 by table K.3, the end of the block 1010 by table K.5; then ones.
    bytes.extend([0b0010_1011, 0xff, 0xd9]);
    bytes
}

#[test]
fn a_webcams_jpeg_without_its_tables_is_read() {
    let bare = frame(PixelFormat::Mjpeg, 8, 8, bare_jpeg());
    assert_eq!(bare.grey().unwrap().luma, [128; 64]);
    assert_eq!(bare.colour().unwrap().rgb, [128; 192]);
}

#[test]
fn a_png_is_written_that_reads_back() {
    let picture = frame(PixelFormat::Grey, 2, 1, vec![0, 255])
        .colour()
        .unwrap();
    let file = picture.png().unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; 6];
    reader.next_frame(&mut pixels).unwrap();
    assert_eq!(pixels, [0, 0, 0, 255, 255, 255]);
}

#[test]
fn a_last_row_without_its_filling_is_a_row_all_the_same() {
    use PixelFormat::{Nv12, Uyvy, Yuyv};
    let (stride, width) = (48_u32, 22);
    for (format, height) in [
        (Nv12, 1_u32),
        (Nv12, 2),
        (Nv12, 7),
        (Nv12, 8),
        (Yuyv, 1),
        (Yuyv, 3),
        (Uyvy, 4),
    ] {
        let (rows, least) = match format {
            Nv12 => (height + height.div_ceil(2), width),
            _ => (height, 2 * width),
        };
        let size = Size { width, height };
        let filled: Vec<u8> = (0..stride * rows).map(|n| (n * 7 % 251) as u8).collect();
        let mut short = filled.clone();
        short.truncate((stride * rows - (stride - least)) as usize);
        let of = |bytes| {
            Frame {
                format,
                size,
                stride,
                bytes,
            }
            .colour()
        };
        assert_eq!(
            of(short.clone()).unwrap().rgb,
            of(filled).unwrap().rgb,
            "{format:?} {height}"
        );
        short.pop();
        assert!(of(short).is_err(), "{format:?} {height}: torn");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..2000),
        kind in 0..5_usize, width in 0..64_u32, height in 0..64_u32, stride in 0..200_u32,
    ) {
        use PixelFormat::{Grey, Mjpeg, Nv12, Uyvy, Yuyv};
        let format = [Mjpeg, Yuyv, Uyvy, Nv12, Grey][kind];
        let frame = Frame { format, size: Size { width, height }, stride, bytes };
        let _ = (frame.grey(), frame.colour());
    }

    #[test]
    fn no_torn_jpeg_makes_it_panic(cut in 0..200_usize, at in 0..200_usize, by in any::<u8>()) {
        let mut bytes = bare_jpeg();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= by;
        }
        bytes.truncate(bytes.len().min(cut));
        let _ = frame(PixelFormat::Mjpeg, 8, 8, bytes).grey();
    }
}
