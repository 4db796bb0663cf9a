//! Where a take is played and recorded, whatever does it, and the whole loop over it. Knows no program and no file.

use core::future::Future;
use preflight::sound::{Ear, Heard, Loop, Take};

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

    /// What it says of a loudspeaker of which no two takes agree.
    fn unsteady(loudspeaker: &str) -> Self::Error;
}

/// So many takes of one loudspeaker are heard at most.
const TAKES: usize = 3;

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
        let all = steady(stage, &loudspeaker.place, &places, ear).await?;
        for (microphone, one) in microphones.iter().zip(all) {
            let one = Loop {
                loudspeaker: loudspeaker.role.clone(),
                microphone: microphone.role.clone(),
                heard: one,
            };
            heard(&one);
            loops.push(one);
        }
    }
    Ok(loops)
}

/// What is heard of one loudspeaker. A take that may be torn is heard again: a room sounds the same twice, a torn take does not.
async fn steady<S: Stage>(
    stage: &mut S,
    loudspeaker: &str,
    microphones: &[&str],
    ear: &Ear,
) -> Result<Vec<Heard>, S::Error> {
    let mut before: Vec<Vec<Heard>> = Vec::new();
    while before.len() < TAKES {
        let recordings = stage.record(loudspeaker, microphones, ear.take()).await?;
        let now: Vec<Heard> = recordings.iter().map(|one| ear.hear(one)).collect();
        let sure = !now.iter().any(Heard::is_doubtful);
        let again = |then: &Vec<Heard>| then.iter().zip(&now).all(|(a, b)| a.agrees_with(b));
        if sure || before.iter().any(again) {
            return Ok(now);
        }
        before.push(now);
    }
    Err(S::unsteady(loudspeaker))
}
