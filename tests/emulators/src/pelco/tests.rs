//! The head in its own time, without a line.

use super::*;

fn say(head: &mut PelcoHead, at: u64, text: &str) {
    for byte in text.split(' ') {
        let byte = u8::from_str_radix(byte, 16).unwrap();
        head.receive(Duration::from_millis(at), byte);
    }
}

#[test]
fn a_head_turns_while_it_is_told_and_answers_only_when_it_can() {
    let mut head = PelcoHead::new(Dialect::D, 1, true);
    say(&mut head, 0, "FF 01 00 02 20 00 23");
    assert!(head.is_moving(Duration::from_millis(500)));
    say(
        &mut head,
        1000,
        "13 FF 02 00 00 00 00 02 FF 01 00 00 00 00 02",
    );
    assert!(
        head.is_moving(Duration::from_millis(1500)),
        "not its number, and a wrong sum"
    );
    say(&mut head, 2000, "FF 01 00 00 00 00 01");
    assert!(!head.is_moving(Duration::from_millis(2000)));
    assert!(head.position(Duration::from_millis(2000)).pan > 0);
    say(&mut head, 3000, "FF 01 00 51 00 00 52");
    assert_eq!(head.said()[0][..4], [0xFF, 0x01, 0x00, 0x59]);
    let mut mute = PelcoHead::new(Dialect::P, 1, false);
    say(&mut mute, 0, "A0 00 00 51 00 00 AF 5E");
    assert!(mute.said().is_empty());
    say(&mut mute, 0, "A0 00 00 07 00 01 AF 09");
    assert!(mute.is_moving(Duration::from_millis(100)));
}
