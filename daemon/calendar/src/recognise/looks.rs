//! Owns the question whether a host is made to be taken for another one.

/// What of a host is compared, worked out once.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    host: String,
    domain: String,
    skeleton: String,
    dotted: String,
}

impl Look {
    pub(crate) fn of(host: &str) -> Self {
        let mut labels = host.rsplit('.');
        let (top, second) = (labels.next(), labels.next());
        Self {
            host: host.to_owned(),
            domain: format!("{}.{}", second.unwrap_or_default(), top.unwrap_or_default()),
            skeleton: skeleton(host),
            dotted: format!(".{host}."),
        }
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// True when this host is made to be taken for a known one. Hosts of the same domain belong to the same people.
    pub(super) fn imitates(&self, known: &Look) -> bool {
        if known.host.len() < 6 || !known.host.contains('.') || self.domain == known.domain {
            return false;
        }
        let inside = self.dotted.contains(&known.dotted);
        inside || self.dashed(known) || self.alike(known)
    }

    /// `zoom-us.example` and `meet-zoom.us-join.example` for `zoom.us`: the name between dots or dashes.
    fn dashed(&self, known: &Look) -> bool {
        self.dotted
            .replace('-', ".")
            .contains(&known.dotted.replace('-', "."))
    }

    /// Compared with as many labels as the known host has: `us06web.zoorn.us` for `zoom.us`.
    fn alike(&self, known: &Look) -> bool {
        let labels = known.host.matches('.').count() + 1;
        let host = last_labels(&self.host, labels);
        if host == known.host || host.len().abs_diff(known.host.len()) > 2 {
            return false;
        }
        last_labels(&self.skeleton, labels) == known.skeleton || one_letter_apart(host, &known.host)
    }
}

/// A host with letters that are easily mistaken put on one.
fn skeleton(host: &str) -> String {
    host.replace("rn", "m")
        .replace("vv", "w")
        .replace('0', "o")
        .replace(['1', 'i', 'j'], "l")
        .replace('5', "s")
}

fn last_labels(host: &str, count: usize) -> &str {
    host.rmatch_indices('.')
        .nth(count - 1)
        .map_or(host, |(dot, _)| &host[dot + 1..])
}

/// One letter more, less or another one, or two that changed places.
fn one_letter_apart(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() {
        (a.as_bytes(), b.as_bytes())
    } else {
        (b.as_bytes(), a.as_bytes())
    };
    // Among short names too many honest ones are neighbours: weber.com is not webex.com.
    if short.len() < 11 || long.len() - short.len() > 1 {
        return false;
    }
    let same = |pair: &(&u8, &u8)| pair.0 == pair.1;
    let head = short.iter().zip(long).take_while(same).count();
    let tail = short
        .iter()
        .rev()
        .zip(long.iter().rev())
        .take_while(same)
        .count();
    // raum12 and raum13 are neighbours; a digit for a letter is the skeleton's business.
    let numbered = |letters: &[u8]| letters.get(head).is_some_and(u8::is_ascii_digit);
    let swapped = short.len() == long.len()
        && head + tail + 2 == long.len()
        && short[head] == long[head + 1]
        && short[head + 1] == long[head];
    (head + tail + 1 >= long.len() && !numbered(long)) || swapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imitations_are_told_from_neighbours() {
        for (host, known, want) in [
            ("zoom.us.evil.example", "zoom.us", true),
            ("zoom-us.evil.example", "zoom.us", true),
            ("join-zoom.us-meet.example", "zoom.us", true),
            ("teams.rnicrosoft.com", "teams.microsoft.com", true),
            ("teams.micros0ft.com", "teams.microsoft.com", true),
            ("teams.mircosoft.com", "teams.microsoft.com", true),
            ("us06web.zoorn.us", "zoom.us", true),
            ("meet.goggle.com", "meet.google.com", true),
            ("support.microsoft.com", "teams.microsoft.com", false),
            ("raum13.local", "raum12.local", false),
            ("bazoom.us", "zoom.us", false),
            ("weber.com", "webex.com", false),
            ("www.stadt.example", "zoom.us", false),
        ] {
            assert_eq!(
                Look::of(host).imitates(&Look::of(known)),
                want,
                "{host} for {known}"
            );
        }
    }
}
