//! QR codes, as pictures in a page.

use qrcode::{QrCode, render::svg};

use crate::error_page::PageError;

const SIDE: u32 = 200;

/// The picture of `text`, without what would make it a file of its own; `label` is what it shows, in words.
///
/// # Errors
/// When the text is too long for one.
pub fn picture(text: &str, label: &'static str) -> Result<String, PageError> {
    let code = QrCode::new(text).map_err(|error| PageError::Internal(Box::new(error)))?;
    let svg = code
        .render::<svg::Color<'_>>()
        .min_dimensions(SIDE, SIDE)
        .build();
    let begin = svg.find("<svg").unwrap_or_default();
    let opening = format!("<svg class=\"qr\" role=\"img\" aria-label=\"{label}\"");
    Ok(svg[begin..].replacen("<svg", &opening, 1))
}
