//! What is packed and what is refused, block by block.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use puck_image::{BLOCK, Chip, Display, Image, ImageError, Line, Segment, pack};

const START: u32 = 0x1000_0000;
const OURS: &[u8] = b"roomd-table-button/1 rp2040 oled usb 1.2.3\0";

/// Boot code, a gap, and a program that says whose it is.
fn segments(marker: &[u8]) -> Vec<Segment> {
    let mut program = vec![0x11; 9000];
    program[5000..5000 + marker.len()].copy_from_slice(marker);
    vec![
        Segment {
            place: START + 0x100,
            bytes: program,
        },
        Segment {
            place: START,
            bytes: vec![0xb0; 256],
        },
    ]
}

fn place(block: &[u8]) -> u32 {
    u32::from_le_bytes(block[12..16].try_into().unwrap())
}

#[test]
fn what_was_packed_says_whose_it_is() {
    let file = pack(&segments(OURS));
    let image = Image::read(&file).unwrap();
    let marker = image.marker();
    assert_eq!(
        marker.to_string(),
        "1.2.3 for rp2040, oled display, usb line"
    );
    assert_eq!(
        (marker.chip, marker.display, marker.line),
        (Chip::Rp2040, Display::Oled, Line::Usb)
    );
    assert_eq!(image.file(), file);
}

#[test]
fn the_boot_codes_sector_comes_first_and_its_page_last() {
    let file = pack(&segments(OURS));
    let places: Vec<u32> = file.chunks(BLOCK).map(place).collect();
    assert_eq!(places[0], START + 0x100);
    assert_eq!(places.last(), Some(&START));
    let sorted = places[..places.len() - 1].is_sorted();
    assert!(sorted, "{places:x?}");
}

#[test]
fn files_of_others_are_refused_each_with_its_reason() {
    let good = pack(&segments(OURS));
    let broken = |change: fn(&mut Vec<u8>)| {
        let mut file = good.clone();
        change(&mut file);
        Image::read(&file).unwrap_err()
    };
    assert_eq!(Image::read(b"").unwrap_err(), ImageError::NotUf2);
    assert_eq!(Image::read(&[7; 2048]).unwrap_err(), ImageError::NotUf2);
    let cut = broken(|file| file.truncate(file.len() - BLOCK));
    assert_eq!(cut, ImageError::Incomplete(0));
    let torn = broken(|file| file.truncate(file.len() - 100));
    assert!(matches!(torn, ImageError::Incomplete(_)));
    let doubled = broken(|file| file.copy_within(0..BLOCK, BLOCK));
    assert_eq!(doubled, ImageError::Incomplete(1));
    let rp2350 = broken(|file| file[28..32].copy_from_slice(&0xe48b_ff59_u32.to_le_bytes()));
    assert_eq!(rp2350, ImageError::OtherChip(0xe48b_ff59));
    let nameless = broken(|file| file[9] = 0);
    assert_eq!(nameless, ImageError::OtherChip(0xe48b_ff56));
    let twice_there = broken(|file| file[12..16].copy_from_slice(&0x1000_0200_u32.to_le_bytes()));
    assert!(matches!(twice_there, ImageError::Gap(_)), "{twice_there}");
    let flipped = broken(|file| file[40] ^= 1);
    assert_eq!(flipped, ImageError::Checksum);
    let memory = broken(|file| file[12..16].copy_from_slice(&0x2000_0000_u32.to_le_bytes()));
    assert_eq!(memory, ImageError::OutsideFlash(0x2000_0000));
    let foreign = pack(&segments(b"hello"));
    assert_eq!(Image::read(&foreign).unwrap_err(), ImageError::NotOurs);
    let other_chip = pack(&segments(b"roomd-table-button/1 rp2350 oled usb 1.2.3\0"));
    let refused = Image::read(&other_chip).unwrap_err();
    assert!(matches!(refused, ImageError::Unreadable(_)), "{refused}");
    let twice = pack(&segments(&[OURS, OURS].concat()));
    assert_eq!(Image::read(&twice).unwrap_err(), ImageError::NotOurs);
}

/// A damaged byte is refused, or lies where nothing is read.
#[test]
fn any_single_damage_is_survived() {
    let good = pack(&segments(OURS));
    let mut seed = 0x2545_f491_u32;
    for _ in 0..3_000 {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        let at = seed as usize % good.len();
        let mut file = good.clone();
        file[at] ^= (seed >> 24) as u8 | 1;
        if let Ok(image) = Image::read(&file) {
            let in_block = at % BLOCK;
            let harmless = in_block >= 292 || (8..12).contains(&in_block);
            assert!(harmless, "byte {in_block} of a block");
            assert!(image.marker().to_string().contains("rp2040"));
        }
    }
}
