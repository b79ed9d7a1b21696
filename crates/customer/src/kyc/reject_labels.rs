//! What Sumsub's rejection labels mean, a sentence for each that its documentation lists
//! (<https://docs.sumsub.com/docs/rejection-labels>). Whether the person may try again the reject type says, not the label.

/// The labels in alphabetical order, each with its sentence.
#[rustfmt::skip]
const SENTENCES: &[(&str, &str)] = &[
    ("ADDITIONAL_DATA_REQUIRED", "More data is needed than the applicant gave."),
    ("ADDITIONAL_DOCUMENT_REQUIRED", "Another document is needed."),
    ("ADVERSE_MEDIA", "The applicant is named in bad press."),
    ("AGE_REQUIREMENT_MISMATCH", "The applicant does not have the age that is asked for."),
    ("APPLICANT_INTERRUPTED_INTERVIEW", "The applicant broke off the video interview."),
    ("BACK_SIDE_MISSING", "The back of the document is missing."),
    ("BAD_AVATAR", "The profile picture can't be accepted."),
    ("BAD_FACE_MATCHING", "The face on the selfie and the one on the document could not be matched."),
    ("BAD_PROOF_OF_ADDRESS", "The proof of address can't be accepted."),
    ("BAD_PROOF_OF_IDENTITY", "The identity document can't be accepted."),
    ("BAD_PROOF_OF_PAYMENT", "The proof of payment can't be accepted."),
    ("BAD_SELFIE", "The selfie can't be accepted."),
    ("BAD_VIDEO_SELFIE", "The video selfie can't be accepted."),
    ("BLACKLIST", "The applicant is on a blocklist."),
    ("BLACK_AND_WHITE", "The pictures of the document are in black and white."),
    ("BLOCKLIST", "The applicant is on a blocklist."),
    ("CHECK_UNAVAILABLE", "The database to check against could not be reached."),
    ("COMPANY_NOT_DEFINED_BENEFICIARIES", "The company did not name its beneficial owners."),
    ("COMPANY_NOT_DEFINED_REPRESENTATIVES", "The company did not name its representatives."),
    ("COMPANY_NOT_DEFINED_STRUCTURE", "The company did not show its ownership structure."),
    ("COMPANY_NOT_VALIDATED_BENEFICIARIES", "The company's beneficial owners are not verified."),
    ("COMPANY_NOT_VALIDATED_REPRESENTATIVES", "The company's representatives are not verified."),
    ("COMPANY_PROBLEMATIC_STRUCTURE", "Somebody who owns or controls the company was declined."),
    ("COMPROMISED_PERSONS", "The applicant was found on a watch list."),
    ("CONNECTION_INTERRUPTED", "The connection broke off during the video interview."),
    ("CRIMINAL", "The applicant has been convicted of a crime."),
    ("DB_DATA_MISMATCH", "The data differs from what the database has."),
    ("DB_DATA_NOT_FOUND", "The database has nothing about the applicant."),
    ("DIGITAL_DOCUMENT", "A digital copy was uploaded instead of the document."),
    ("DOCUMENT_DAMAGED", "The document is damaged."),
    ("DOCUMENT_DEPRIVED", "The document was withdrawn from the applicant."),
    ("DOCUMENT_MISSING", "A document was not shown during the video interview."),
    ("DOCUMENT_PAGE_MISSING", "A page of the document is missing."),
    ("DOCUMENT_TEMPLATE", "The document was made from a template found on the internet."),
    ("DUPLICATE", "The applicant has been verified before under another account."),
    ("EXPERIENCE_REQUIREMENT_MISMATCH", "The applicant does not have the experience that is asked for."),
    ("EXPIRATION_DATE", "The document has expired, or soon will."),
    ("FOREIGNER", "The applicant is from a country that is not accepted."),
    ("FORGERY", "A forged document or forged data is suspected."),
    ("FRAUDULENT_LIVENESS", "Somebody tried to trick the liveness check."),
    ("FRAUDULENT_PATTERNS", "The applicant behaves as fraudsters do."),
    ("FRONT_SIDE_MISSING", "The front of the document is missing."),
    ("GPS_AS_POA_SKIPPED", "The applicant left out the check of the address by location."),
    ("GRAPHIC_EDITOR", "The picture was changed in a graphics editor."),
    ("ID_INVALID", "The identity document is not valid."),
    ("INCOMPATIBLE_LANGUAGE", "The document is in a language that can't be read: a translation is needed."),
    ("INCOMPLETE_DOCUMENT", "A part of the document is missing or cut off."),
    ("INCONSISTENT_PROFILE", "The data or documents belong to different people."),
    ("INCORRECT_SOCIAL_NUMBER", "The social security or tax number is wrong."),
    ("LOW_QUALITY", "The pictures are of too low quality."),
    ("NOT_ALL_CHECKS_COMPLETED", "Not all checks were completed."),
    ("NOT_DOCUMENT", "What was uploaded is not a document."),
    ("OK", "No reason in particular was given."),
    ("PEP", "The applicant is a politically exposed person."),
    ("PROBLEMATIC_APPLICANT_DATA", "The data that the applicant gave does not match the documents."),
    ("REGULATIONS_VIOLATIONS", "The applicant does not meet the rules for being accepted."),
    ("REQUESTED_DATA_MISMATCH", "The data that was typed does not match the document."),
    ("RESTRICTED_PERSON", "The applicant is under a restriction."),
    ("SANCTIONS", "The applicant is on a sanctions list."),
    ("SCREENSHOTS", "Screenshots were uploaded instead of photos."),
    ("SELFIE_MISMATCH", "The selfie and the document show different people."),
    ("SPAM", "Files that have nothing to do with it were uploaded again and again."),
    ("THIRD_PARTY_INVOLVED", "Somebody else had a hand in the verification."),
    ("UNFILLED_ID", "The document is not filled in or not signed."),
    ("UNSATISFACTORY_PHOTOS", "The photos can't be read: they are blurred, cropped or too dark."),
    ("UNSUITABLE_DOCUMENT", "A document of this kind is not accepted."),
    ("UNSUITABLE_ENV", "The surroundings of the video interview were not suitable."),
    ("UNSUPPORTED_LANGUAGE", "The applicant speaks a language that the interview does not offer."),
    ("WRONG_ADDRESS", "The address on the document is not the one that the applicant gave."),
    ("WRONG_USER_REGION", "The applicant is from a region or country that is not accepted."),
];

/// What the label says, as a sentence; none when it is not known.
#[must_use]
pub fn sentence(label: &str) -> Option<&'static str> {
    let label = label.trim().to_ascii_uppercase();
    let place = SENTENCES.binary_search_by_key(&label.as_str(), |(known, _)| *known);
    place
        .ok()
        .and_then(|at| SENTENCES.get(at))
        .map(|(_, sentence)| *sentence)
}

/// The label in a few words, for where a sentence is too long: "Document page missing".
#[must_use]
pub fn words(label: &str) -> String {
    /// What stays in capitals.
    const SHORT: [&str; 6] = ["DB", "GPS", "ID", "OK", "PEP", "POA"];
    let words = label
        .trim()
        .split(['_', ' '])
        .filter(|word| !word.is_empty());
    let words = words.enumerate().map(|(place, word)| {
        let capitals = word.to_ascii_uppercase();
        if SHORT.contains(&capitals.as_str()) {
            return capitals;
        }
        let mut word = word.to_lowercase();
        if place == 0
            && let Some(first) = word.get_mut(..1)
        {
            first.make_ascii_uppercase();
        }
        word
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_said_in_a_few_words() {
        for (label, said) in [
            ("DOCUMENT_PAGE_MISSING", "Document page missing"),
            (" FORGERY ", "Forgery"),
            ("PEP", "PEP"),
            ("ID_INVALID", "ID invalid"),
            ("ünknown_Thing", "ünknown thing"),
            ("", ""),
        ] {
            assert_eq!(words(label), said);
        }
    }

    #[test]
    fn each_label_is_found_and_said_as_a_sentence() {
        assert!(
            SENTENCES.is_sorted_by(|one, next| one.0 < next.0),
            "in alphabetical order"
        );
        for (label, words) in SENTENCES {
            assert_eq!(sentence(label), Some(*words), "{label}");
            assert!(words.ends_with('.') && !words.contains('_'), "{words}");
        }
        assert_eq!(sentence(" forgery "), sentence("FORGERY"));
        assert_eq!(sentence("SOMETHING_NEW"), None);
    }
}
