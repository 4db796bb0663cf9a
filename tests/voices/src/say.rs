//! Who speaks, and what. Knows espeak-ng.

use crate::{RATE, level, resampled};
use std::process::Command;

/// Whether a program that a test cannot do without is there; says so when it is not.
pub fn can_run(name: &str, programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there =
        |program: &&&str| std::env::split_paths(&path).all(|place| !place.join(program).is_file());
    let Some(missing) = programs.iter().find(there) else {
        return true;
    };
    assert!(
        std::env::var_os("ROOMD_TESTS").is_none_or(|v| v != "all"),
        "all tests were asked for, but {name} needs {missing}"
    );
    println!("SKIPPED: {name}: needs {missing}");
    false
}

/// Somebody speaks: espeak-ng's voice of that name, at -24 dB of full scale (root mean square of 1 being 0).
pub fn speech(voice: &str, text: &str) -> Vec<f32> {
    let said = Command::new("espeak-ng")
        .args(["-v", voice, "-s", "150", "--stdout", text])
        .output()
        .expect("espeak-ng runs")
        .stdout;
    // 22050 samples a second of 16 bits after a header of 44 bytes.
    let samples = said[44..].as_chunks::<2>().0;
    let samples: Vec<f32> = samples
        .iter()
        .map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32768.0)
        .collect();
    let samples = resampled(&samples, 22_050, RATE);
    let factor = 10f32.powf((-24.0 - level(&samples) as f32) / 20.0);
    samples.iter().map(|x| x * factor).collect()
}

/// A chair opens a meeting, some eleven seconds.
pub const GERMAN: &str = "Guten Morgen zusammen, hier spricht die Stadtverwaltung. Wir beginnen mit dem ersten Punkt der \
    Tagesordnung, dem Haushalt für das kommende Jahr. Die Vorlage liegt Ihnen vor, und ich bitte um Wortmeldungen aus dem Saal.";
/// The same in English.
pub const ENGLISH: &str = "Good morning everybody, this is the office of the mayor. We begin with the first item on the agenda, \
    the budget for the coming year. You have received the paper, and I am asking for comments from the room.";
/// Somebody in the room answers, some ten seconds.
pub const ANSWER: &str = "Ich möchte dazu gern etwas sagen. Die Schule am Markt braucht ein neues Dach, und das steht seit drei \
    Jahren auf der Liste. Bitte nehmen Sie das in den Plan auf. Vielen Dank für die Aufmerksamkeit.";
/// The same in English.
pub const ENGLISH_ANSWER: &str = "I would like to say something about that. The school at the market needs a new roof, and it has \
    been on the list for three years. Please put it into the plan. Thank you very much for your attention.";
