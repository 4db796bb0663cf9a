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
    let mut before: Vec<Vec<Vec<f32>>> = Vec::new();
    while before.len() < TAKES {
        let recordings = stage.record(loudspeaker, microphones, ear.take()).await?;
        let now: Vec<Heard> = recordings.iter().map(|one| ear.hear(one)).collect();
        let again = |then: &Vec<Vec<f32>>| {
            let all = then.iter().zip(&recordings).zip(&now);
            all.into_iter()
                .all(|((a, b), heard)| !heard.is_torn() || same(a, b, ear.take()))
        };
        // What is interrupted without being torn is interrupted in the room; once may be an accident.
        let sure = !now.iter().any(Heard::is_doubtful);
        if sure || before.iter().any(again) {
            return Ok(now);
        }
        before.push(recordings);
    }
    Err(S::unsteady(loudspeaker))
}

/// Whether two recordings are of the same wave all the way. What was torn at another place is shifted between the two.
fn same(a: &[f32], b: &[f32], take: &Take) -> bool {
    let block = (take.sweep.rate as usize / 100).max(1);
    let power = |part: &[f32]| part.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    let quiet = a
        .chunks_exact(block)
        .map(power)
        .fold(f64::INFINITY, f64::min);
    a.chunks_exact(block)
        .zip(b.chunks_exact(block))
        .all(|(a, b)| {
            let (one, other) = (power(a), power(b));
            let both: f64 = a
                .iter()
                .zip(b)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum();
            // Noise is never the same; what stands out from it is.
            one.max(other) < quiet * 30.0 || both > 0.7 * (one * other).sqrt()
        })
}
