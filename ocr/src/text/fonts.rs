//! Characters as ink.
//!
//! The fonts are part of the program, so that lines are the same on every machine; `fonts/` has their licences.

use super::content::Kind;
use super::{HEIGHT, photograph};
use crate::random::Stream;
use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};
use std::sync::OnceLock;

macro_rules! fonts {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("../../fonts/", $name)).as_slice())),*]
    };
}

/// Names and contents of the fonts; the first one is that of machine-readable zones.
static FILES: [(&str, &[u8]); 5] = fonts!(
    "OCRB.otf",
    "DejaVuSansMono.ttf",
    "DejaVuSerif.ttf",
    "LiberationSans-Regular.ttf",
    "LiberationSans-Bold.ttf"
);

/// Ink of a line: 0 none, 255 black.
pub(super) struct Ink {
    pub(super) pixels: Vec<u8>,
    pub(super) width: usize,
    pub(super) spans: Vec<(f32, f32)>,
    pub(super) font: &'static str,
}

/// A font, and the height of its capitals at a scale of 1.
struct Face {
    font: FontRef<'static>,
    capitals: f32,
}

fn faces() -> &'static [Face] {
    static FACES: OnceLock<Vec<Face>> = OnceLock::new();
    FACES.get_or_init(|| {
        let face = |(name, bytes): &(&str, &'static [u8])| {
            let font = FontRef::try_from_slice(bytes)
                .unwrap_or_else(|e| panic!("{name} is part of the program: {e}"));
            let glyph = font.glyph_id('H').with_scale(100.0);
            let outline = font.outline_glyph(glyph).unwrap_or_else(|| panic!("{name} has an H"));
            Face { capitals: outline.px_bounds().height() / 100.0, font }
        };
        FILES.iter().map(face).collect()
    })
}

/// Draws a text in a random font, size, width and spacing.
pub(super) fn drawn(text: &str, kind: Kind, stream: &mut Stream) -> Ink {
    let which = if kind == Kind::Mrz { 0 } else { stream.below(FILES.len()) };
    let face = &faces()[which];
    let capitals = stream.within(12.0, 16.0) as f32;
    let y = capitals / face.capitals;
    let scale = PxScale { x: y * stream.within(0.88, 1.1) as f32, y };
    let spacing = stream.within(-0.2, 1.0) as f32;
    let (left, right) = (stream.within(4.0, 14.0) as f32, stream.within(4.0, 14.0) as f32);
    let baseline = (HEIGHT as f32 + capitals) / 2.0 + stream.within(-1.0, 1.0) as f32;
    let font = face.font.as_scaled(scale);
    let mut at = left;
    let mut glyphs: Vec<Glyph> = Vec::with_capacity(text.len());
    let mut spans = Vec::with_capacity(text.len());
    for character in text.chars() {
        let mut glyph = font.scaled_glyph(character);
        let advance = font.h_advance(glyph.id);
        glyph.position = point(at, baseline);
        glyphs.push(glyph);
        spans.push((at, at + advance));
        at += advance + spacing;
    }
    let width = ((at + right).ceil() as usize).next_multiple_of(2);
    let mut pixels = vec![0u8; HEIGHT * width];
    for outline in glyphs.into_iter().filter_map(|glyph| face.font.outline_glyph(glyph)) {
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, ink| {
            let (x, y) = (corner.x as i64 + i64::from(x), corner.y as i64 + i64::from(y));
            let inside = (0..width as i64).contains(&x) && (0..HEIGHT as i64).contains(&y);
            if inside {
                let pixel = &mut pixels[y as usize * width + x as usize];
                *pixel = pixel.saturating_add(photograph::byte(255.0 * f64::from(ink)));
            }
        });
    }
    Ink { pixels, width, spans, font: FILES[which].0 }
}
