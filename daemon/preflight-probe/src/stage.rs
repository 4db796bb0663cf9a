//! Where a take is played and recorded, whatever does it, and the whole loop over it. Knows no program and no file.

use core::future::Future;
use preflight::sound::{Ear, Loop, Take};

/// One microphone or loudspeaker: what people call it, and where it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Its role.
    pub role: String,
    /// Where the stage finds it, such as the name of a node.
    pub place: String,
}

/// Plays and records at the same time.
pub trait Stage {
    /// Why nothing came of it.
    type Error;

    /// Plays a take at one loudspeaker and records it at each microphone: recordings in the order of the microphones, each from
    /// the take's first sample on. Whoever drops the future has silence at once.
    fn record(
        &mut self,
        loudspeaker: &str,
        microphones: &[&str],
        take: &Take,
    ) -> impl Future<Output = Result<Vec<Vec<f32>>, Self::Error>>;
}

/// Every loudspeaker, the first of the two, to every microphone; what is heard of each is told as it comes.
///
/// # Errors
/// Those of the stage.
pub async fn every_way<S: Stage>(
    stage: &mut S,
    (loudspeakers, microphones): (&[Seat], &[Seat]),
    ear: &Ear,
    mut heard: impl FnMut(&Loop),
) -> Result<Vec<Loop>, S::Error> {
    let places: Vec<&str> = microphones.iter().map(|seat| seat.place.as_str()).collect();
    let mut loops = Vec::new();
    for loudspeaker in loudspeakers {
        let recordings = stage
            .record(&loudspeaker.place, &places, ear.take())
            .await?;
        for (microphone, recording) in microphones.iter().zip(&recordings) {
            let one = Loop {
                loudspeaker: loudspeaker.role.clone(),
                microphone: microphone.role.clone(),
                heard: ear.hear(recording),
            };
            heard(&one);
            loops.push(one);
        }
    }
    Ok(loops)
}
