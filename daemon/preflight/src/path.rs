//! What tries at a host say of the way there: loss, round trip, jitter, against limits. Pure; `preflight-probe` tries.

use crate::check::{Check, Checked, Figure, Measure};
use crate::trouble::Trouble;
use core::time::Duration;

/// What was seen of the way to a host.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Way {
    /// Where it leads.
    pub port: u16,
    /// How long the name took, when it has an address.
    pub name: Option<Duration>,
    /// Each try at a line: how long it took, or why there is none.
    pub lines: Vec<Result<Duration, NoLine>>,
    /// The secret line.
    pub tls: Option<Result<Tls, NoTls>>,
    /// Seconds by which this machine's clock is ahead, as the host's own date says.
    pub clock_ahead: Option<i64>,
    /// Kilobits a second, measured by what the host sent; `None` when it sent too little to tell.
    pub rate: Option<u32>,
}

/// Why there is no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoLine {
    /// Refused, or no way to the host.
    Closed,
    /// No answer in time.
    Silent,
}

/// A secret line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tls {
    /// How long it took, after the line stood.
    pub took: Duration,
    /// Days until the certificate ends.
    pub days: Option<i64>,
}

/// Why there is no secret line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTls {
    /// Of nobody who is trusted, or of another name.
    Untrusted,
    /// Over, or not yet begun, by this machine's clock.
    Over,
    /// Anything else.
    Fails,
}

/// From where on something is said. Round trip, jitter and loss: what makes talk hard (ITU-T G.114: 150 ms one way).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathLimits {
    /// There and back.
    pub round_trip: Duration,
    /// Between the fastest and the slowest tenth.
    pub jitter: Duration,
    /// Of a hundred tries.
    pub loss: u32,
    /// A certificate that ends sooner is said, in days.
    pub days: i64,
    /// Seconds. Certificates and calendars bear less than people think.
    pub clock: i64,
    /// Kilobits a second: one picture of 720 lines and its sound.
    pub rate: u32,
}

impl Default for PathLimits {
    fn default() -> Self {
        PathLimits {
            round_trip: Duration::from_millis(200),
            jitter: Duration::from_millis(60),
            loss: 2,
            days: 14,
            clock: 30,
            rate: 2500,
        }
    }
}

/// What the way is good for.
pub fn judge(way: &Way, limits: &PathLimits) -> Checked {
    let mut checked = Checked::of(Check::Path);
    let Some(name) = way.name else {
        checked.troubles.push(Trouble::NameUnknown);
        return checked;
    };
    let mut figure = |measure, value: f64| {
        checked.figures.push(Figure {
            measure,
            of: String::new(),
            value,
        });
    };
    figure(Measure::Name, millis(name));
    let mut took: Vec<Duration> = way.lines.iter().flatten().copied().collect();
    took.sort();
    let lost = way.lines.len() - took.len();
    if took.is_empty() {
        let closed = way.lines.contains(&Err(NoLine::Closed));
        checked.troubles.push(match closed {
            true => Trouble::PathClosed(way.port),
            false => Trouble::PathSilent(way.port),
        });
        return checked;
    }
    let middle = took[took.len() / 2];
    let tenth = took.len() / 10;
    let jitter = took[took.len() - 1 - tenth] - took[tenth];
    figure(Measure::RoundTrip, millis(middle));
    figure(Measure::Jitter, millis(jitter));
    figure(Measure::Loss, lost as f64 / way.lines.len() as f64);
    let mut troubles = Vec::new();
    let of_hundred = (lost * 100).div_ceil(way.lines.len()) as u32;
    if of_hundred > limits.loss {
        troubles.push(Trouble::PathLossy(of_hundred));
    }
    if middle > limits.round_trip {
        troubles.push(Trouble::PathSlow(millis(middle) as u32));
    }
    if jitter > limits.jitter {
        troubles.push(Trouble::PathUneven(millis(jitter) as u32));
    }
    match way.tls {
        Some(Ok(tls)) => {
            figure(Measure::Tls, millis(tls.took));
            if let Some(days) = tls.days {
                figure(Measure::CertificateDays, days as f64);
                if days < limits.days {
                    troubles.push(Trouble::CertificateEnds(days.max(0) as u32));
                }
            }
        }
        Some(Err(NoTls::Untrusted)) => troubles.push(Trouble::CertificateUntrusted),
        Some(Err(NoTls::Over)) => troubles.push(Trouble::CertificateOver),
        Some(Err(NoTls::Fails)) => troubles.push(Trouble::TlsFails),
        None => {}
    }
    if let Some(ahead) = way.clock_ahead {
        figure(Measure::ClockAhead, ahead as f64);
        if ahead.abs() > limits.clock {
            let seconds = u32::try_from(ahead.unsigned_abs()).unwrap_or(u32::MAX);
            troubles.push(Trouble::ClockWrong(seconds));
        }
    }
    if let Some(rate) = way.rate {
        figure(Measure::Rate, f64::from(rate));
        if rate < limits.rate {
            troubles.push(Trouble::PathNarrow(rate));
        }
    }
    checked.troubles.extend(troubles);
    checked
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(lines: Vec<Result<Duration, NoLine>>) -> Way {
        Way {
            port: 8443,
            name: Some(Duration::from_millis(3)),
            lines,
            ..Way::default()
        }
    }

    fn troubles(way: &Way) -> Vec<Trouble> {
        judge(way, &PathLimits::default()).troubles
    }

    #[test]
    fn each_way_to_fail_has_its_name() {
        let good = Ok(Duration::from_millis(20));
        assert_eq!(troubles(&Way::default()), [Trouble::NameUnknown]);
        assert_eq!(
            troubles(&way(vec![Err(NoLine::Closed)])),
            [Trouble::PathClosed(8443)]
        );
        assert_eq!(
            troubles(&way(vec![Err(NoLine::Silent); 3])),
            [Trouble::PathSilent(8443)]
        );
        let mut lossy = vec![good; 9];
        lossy.push(Err(NoLine::Silent));
        assert_eq!(troubles(&way(lossy)), [Trouble::PathLossy(10)]);
        let slow = vec![Ok(Duration::from_millis(300)); 5];
        assert_eq!(troubles(&way(slow)), [Trouble::PathSlow(300)]);
        let uneven = vec![good, good, good, Ok(Duration::from_millis(120))];
        assert_eq!(troubles(&way(uneven)), [Trouble::PathUneven(100)]);
        let mut rest = way(vec![good; 5]);
        rest.clock_ahead = Some(-90);
        rest.rate = Some(700);
        rest.tls = Some(Ok(Tls {
            took: Duration::from_millis(30),
            days: Some(3),
        }));
        let expected = [
            Trouble::CertificateEnds(3),
            Trouble::ClockWrong(90),
            Trouble::PathNarrow(700),
        ];
        assert_eq!(troubles(&rest), expected);
    }
}
