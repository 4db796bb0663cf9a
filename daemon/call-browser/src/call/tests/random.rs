//! Random inputs: what holds whatever a page does.

use super::*;
use proptest::prelude::*;

fn inputs() -> impl Strategy<Value = Vec<(u64, u8, u8)>> {
    prop::collection::vec((0u64..8_000, 0u8..20, any::<u8>()), 1..80)
}

fn input(kind: u8, value: u8, story: &Story) -> Input {
    let switch = if value.is_multiple_of(2) {
        Switch::Open
    } else {
        Switch::Closed
    };
    let rules = story.pack.rules.len();
    let view = View {
        rules: vec![usize::from(value) % rules],
        dark: if value < 128 {
            vec![usize::from(value) % rules]
        } else {
            Vec::new()
        },
        mic: Some(switch),
        camera: None,
        others: Some(u16::from(value % 3)),
        anybody: !value.is_multiple_of(3),
        ready: true,
        status: 200,
    };
    let flow = if value < 128 {
        Flow::Runs
    } else {
        Flow::Stands
    };
    let seen = MediaSeen {
        audio_in: flow,
        video_in: flow,
        audio_out: flow,
        video_out: flow,
    };
    match kind {
        0 => Input::Opened,
        1 => Input::Command(CallCommand::Mic(switch)),
        2 => Input::Command(CallCommand::Join(request(Some("1")))),
        3 => Input::Command(CallCommand::Passcode(Private::new("2"))),
        4 => Input::Did(Ticket(u64::from(value % 16)), Did::Done),
        5 => Input::Did(Ticket(u64::from(value % 16)), Did::Absent),
        6 => Input::Froze,
        7 => Input::Thawed,
        8 => Input::Media(Sample {
            seen,
            links: 1,
            up: 1,
            pulse: value < 200,
        }),
        9 => Input::Saw(View {
            rules: Vec::new(),
            ..view
        }),
        10 if value < 8 => Input::Command(CallCommand::Leave),
        11 if value < 8 => Input::Crashed,
        12 if value < 8 => Input::Closed,
        _ => Input::Saw(view),
    }
}

proptest! {
    /// Whatever a page does: entering is dark, an end is one end and the last word, and work is bounded.
    #[test]
    fn whatever_happens(inputs in inputs()) {
        let mut story = Story::begin(CallCommand::Join(request(Some("1"))));
        let mut ended = false;
        for (wait, kind, value) in inputs {
            story.wait(wait);
            let next = input(kind, value, &story);
            if let Input::Saw(view) = &next {
                story.view = view.clone();
            }
            let from = story.out.len();
            story.put(next);
            for output in &story.out[from..] {
                prop_assert!(!ended || !matches!(output, Output::Say(_)), "{:?} after the end", output);
                if let Output::Step(order) = output && order.step == "join" {
                    let rule = order.rule.unwrap();
                    prop_assert!(story.view.dark.contains(&rule), "entered although not dark");
                }
                ended |= matches!(output, Output::Say(CallSeen::Over(_) | CallSeen::Failed(_)));
            }
            let closes = story.out.iter().filter(|o| matches!(o, Output::Close(_))).count();
            prop_assert!(closes <= 1, "the page was destroyed {} times", closes);
        }
        prop_assert!(story.orders().len() <= 600);
    }
}
