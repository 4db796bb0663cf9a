//! "Did you mean". Knows no keys.

/// A sentence that names the nearest of the known words, or all of them.
pub(crate) fn among<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let all: Vec<_> = known.map(|k| format!("`{k}`")).collect();
            format!("known here: {}", all.join(", "))
        }
    }
}

/// The nearest word, when it is near enough to be a slip.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase().replace('-', "_");
    known
        .map(|k| {
            (
                strsim::damerau_levenshtein(&lower, &k.to_lowercase().replace('-', "_")),
                k,
            )
        })
        .filter(|(distance, k)| *distance <= (k.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
}
