//! The frontier as a drawing: bits a value carries to the right, speed upwards, both on one page that
//! any browser opens.

use super::{Entry, Frontier, Width};
use crate::failure::Failure;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// How a drawing is made up.
struct Look {
    size: (u32, u32),
    caption: bool,
    /// Height of letters, about a quarter more than in CSS.
    text: i32,
    /// Whether every point has its strategy's name; else only where that changes.
    every_name: bool,
    /// Room above the fastest, where the legend stands.
    above: f64,
}

/// A file of its own.
const ALONE: Look = Look { size: (960, 600), caption: true, text: 13, every_name: true, above: 1.3 };
/// Under a heading, and on small screens.
const FIGURE: Look = Look { size: (640, 480), caption: false, text: 17, every_name: false, above: 4.0 };

/// Blue and orange of the palette by Okabe and Ito, which colour-blind people can tell apart.
const BEST: RGBColor = RGBColor(0, 114, 178);
const NEON: RGBColor = RGBColor(213, 94, 0);
const FLOAT: RGBColor = RGBColor(90, 90, 90);

/// An SVG file's text.
pub(crate) fn svg(frontier: &Frontier) -> Result<String, Failure> {
    drawn(frontier, &ALONE)
}

/// The same as a figure of a page that says what it is.
pub(crate) fn figure(frontier: &Frontier) -> Result<String, Failure> {
    drawn(frontier, &FIGURE)
}

fn drawn(frontier: &Frontier, look: &Look) -> Result<String, Failure> {
    let mut text = String::new();
    draw(frontier, look, &mut text).map_err(|problem| Failure(format!("svg: {problem}")))?;
    Ok(text)
}

fn draw(frontier: &Frontier, look: &Look, text: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let integers: Vec<&Width> = frontier.widths.iter().filter(|w| w.name != "f32").collect();
    let float = frontier.widths.iter().find(|w| w.name == "f32").map(|w| &w.best);
    let speeds = frontier.widths.iter().flat_map(|w| std::iter::once(&w.best).chain(&w.neon));
    let (low, high) = speeds.fold((f64::INFINITY, 1.0f64), |(low, high), entry| {
        (low.min(entry.modelled_macs_per_cycle), high.max(entry.bound_macs_per_cycle))
    });

    let root = SVGBackend::with_string(text, look.size).into_drawing_area();
    root.fill(&WHITE)?;
    let mut builder = ChartBuilder::on(&root);
    if look.caption {
        let caption = format!("What each bit costs on {}, modelled", frontier.core);
        builder.caption(caption, ("sans-serif", 24));
    }
    let font = ("sans-serif", look.text);
    let mut chart = builder
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(0.6f64..8.6, ((low / 1.3)..(high * look.above)).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("bits a value carries, mean of both sides")
        .y_desc("multiply-accumulates per cycle, main loop")
        .x_labels(9)
        .y_label_formatter(&|speed| format!("{speed:.0}"))
        .x_label_formatter(&|bits| format!("{bits:.0}"))
        .label_style(font)
        .axis_desc_style(font)
        .light_line_style(RGBColor(240, 240, 240))
        .draw()?;

    let with_neon: Vec<(f64, &Entry)> =
        integers.iter().map(|w| (w.bits, w.neon.as_ref().unwrap_or(&w.best))).collect();
    if integers.iter().any(|w| w.neon.is_some()) {
        let points = with_neon.iter().map(|(bits, e)| (*bits, e.modelled_macs_per_cycle));
        chart
            .draw_series(LineSeries::new(points, NEON.stroke_width(2)))?
            .label("Armv8.0 alone")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], NEON.stroke_width(2)));
        chart.draw_series(dots(&with_neon, NEON))?;
        chart.draw_series(names(&with_neon, &NEON, look))?;
    }
    let best: Vec<(f64, &Entry)> = integers.iter().map(|w| (w.bits, &w.best)).collect();
    let points = best.iter().map(|(bits, e)| (*bits, e.modelled_macs_per_cycle));
    chart
        .draw_series(LineSeries::new(points, BEST.stroke_width(2)))?
        .label("the best kernel")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], BEST.stroke_width(2)));
    chart.draw_series(dots(&best, BEST))?;
    chart.draw_series(names(&best, &BEST, look))?;
    let bounds = best.iter().map(|(bits, e)| (*bits, e.bound_macs_per_cycle));
    chart
        .draw_series(bounds.map(|at| TriangleMarker::new(at, 6, BEST.mix(0.45))))?
        .label("its bound")
        .legend(|(x, y)| TriangleMarker::new((x + 10, y), 6, BEST.mix(0.45)));
    if let Some(float) = float {
        let speed = float.modelled_macs_per_cycle;
        chart
            .draw_series(LineSeries::new([(0.6, speed), (8.6, speed)], FLOAT.stroke_width(1)))?
            .label("32-bit floats")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], FLOAT.stroke_width(1)));
    }
    chart
        .configure_series_labels()
        .label_font(font)
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .border_style(FLOAT)
        .draw()?;
    root.present()?;
    Ok(())
}

/// The points of a line.
fn dots(points: &[(f64, &Entry)], colour: RGBColor) -> impl Iterator<Item = Circle<(f64, f64), u32>> {
    points
        .iter()
        .map(move |(bits, entry)| Circle::new((*bits, entry.modelled_macs_per_cycle), 4, colour.filled()))
}

/// The strategies' names above the points.
fn names<'a>(
    points: &'a [(f64, &Entry)],
    colour: &'a RGBColor,
    look: &'a Look,
) -> impl Iterator<Item = Text<'a, (f64, f64), String>> {
    // Names of neighbours would lie upon each other.
    let apart = points.iter().scan((0.0, ""), |last, point| {
        let is_named = match look.every_name {
            true => point.0 - last.0 > 0.15,
            false => point.1.strategy != last.1,
        };
        *last = if is_named { (point.0, point.1.strategy) } else { *last };
        Some(is_named.then_some(point))
    });
    apart.flatten().map(move |(bits, entry)| {
        let style = TextStyle::from(("sans-serif", look.text).into_font()).color(colour);
        let above = style.pos(Pos::new(HPos::Center, VPos::Bottom));
        // A logarithmic axis: a tenth more is a little above the point.
        Text::new(entry.strategy.to_string(), (*bits, entry.modelled_macs_per_cycle * 1.07), above)
    })
}
