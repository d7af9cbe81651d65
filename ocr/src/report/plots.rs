//! The drawings, with the colours that the page's style sheet knows: it turns them into those of light or dark.

use super::Drawn;
use super::costs::{CORE, OfNetwork};
use crate::blur::STRONGEST;
use crate::error::{Error, Result};
use crate::metrics::Mean;
use crate::protocol::LEVELS;
use plotters::prelude::*;

type Failed = Box<dyn std::error::Error>;

const SIZE: (u32, u32) = (640, 440);
const FONT: (&str, i32) = ("sans-serif", 17);
/// Of the palette by Okabe and Ito, which colour-blind people can tell apart; marks differ in shape, too.
const BLUE: RGBColor = RGBColor(0, 114, 178);
const ORANGE: RGBColor = RGBColor(213, 94, 0);
const GREY: RGBColor = RGBColor(90, 90, 90);
const MESH: RGBColor = RGBColor(240, 240, 240);

/// Points of a cloud; more would make a large page, and no clearer one.
const POINTS: usize = 2000;

/// An `svg` element that says what it shows to those who do not see it.
fn drawn(title: &str, draw: impl FnOnce(&mut String) -> std::result::Result<(), Failed>) -> Result<String> {
    let mut text = String::new();
    draw(&mut text).map_err(|problem| Error::of("drawing", problem))?;
    let title = tera::escape_html(title);
    let begins = text.find("<svg").unwrap_or(0);
    let labelled = format!("<svg role=\"img\" aria-label=\"{title}\" ");
    Ok(text[begins..].replacen("<svg ", &labelled, 1).replacen('>', &format!("><title>{title}</title>"), 1))
}

macro_rules! chart {
    ($root:expr, $x:expr, $y:expr, $x_name:expr, $y_name:expr) => {{
        $root.fill(&WHITE)?;
        ChartBuilder::on(&$root)
            .margin(16)
            .x_label_area_size(48)
            .y_label_area_size(68)
            .build_cartesian_2d($x, $y)?
    }};
}

macro_rules! mesh {
    ($chart:expr, $x_name:expr, $y_name:expr, $x_label:expr, $y_label:expr) => {
        $chart
            .configure_mesh()
            .x_desc($x_name)
            .y_desc($y_name)
            .label_style(FONT)
            .axis_desc_style(FONT)
            .x_label_formatter($x_label)
            .y_label_formatter($y_label)
            .light_line_style(MESH)
            .draw()?
    };
}

macro_rules! legend {
    ($chart:expr, $position:expr) => {
        $chart
            .configure_series_labels()
            .position($position)
            .label_font(FONT)
            .background_style(WHITE)
            .border_style(GREY)
            .draw()?
    };
}

fn one(figure: &f64) -> String {
    format!("{figure:.1}")
}

/// Small figures of a logarithmic axis.
fn short(figure: &f64) -> String {
    if *figure >= 0.01 { format!("{figure}") } else { format!("{figure:.0e}") }
}

/// Response upwards, blur to the right; wrong answers above the right ones.
pub(super) fn cloud(of: &Drawn) -> Result<String> {
    drawn(&format!("Response against blur, {}", of.name), |text| {
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        let mut chart = chart!(root, 0.0..STRONGEST, 0.0..1.0, "", "");
        mesh!(chart, "blur σ, pixels", "response r", &one, &one);
        let points = || of.answers.iter().zip(&of.sigmas).zip(&of.labels);
        let right = points().take(POINTS).filter(|((answer, _), label)| answer.class == **label);
        chart
            .draw_series(
                right.map(|((answer, sigma), _)| Circle::new((*sigma, answer.response), 2, BLUE.filled())),
            )?
            .label(format!("right, of the first {POINTS}"))
            .legend(|(x, y)| Circle::new((x + 10, y), 4, BLUE.filled()));
        let wrong = points().filter(|((answer, _), label)| answer.class != **label);
        let mark = |((answer, sigma), _): ((&crate::response::Answer, &f64), &u8)| {
            TriangleMarker::new((*sigma, answer.response), 5, ORANGE.filled())
        };
        chart
            .draw_series(wrong.map(mark))?
            .label("wrong, of all")
            .legend(|(x, y)| TriangleMarker::new((x + 10, y), 5, ORANGE.filled()));
        chart.draw_series([PathElement::new(
            [(0.0, of.t_star), (STRONGEST, of.t_star)],
            BLACK.stroke_width(1),
        )])?;
        legend!(chart, SeriesLabelPosition::LowerLeft);
        root.present()?;
        Ok(())
    })
}

/// The share of wrong answers above each threshold, against 1 − T.
pub(super) fn thresholds(both: [&Drawn; 2]) -> Result<String> {
    drawn("Wrong answers above a threshold", |text| {
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        let curve = |of: &Drawn| {
            let mut all: Vec<(f64, bool)> = (of.answers.iter().zip(&of.labels))
                .map(|(answer, label)| (answer.doubt.exp(), answer.class != *label))
                .collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut wrong = 0;
            let mut points = vec![(1e-6, 0.0)];
            for (n, (width, is_wrong)) in all.into_iter().enumerate() {
                wrong += usize::from(is_wrong);
                // Every error makes a corner; between them every tenth point is enough.
                if width > 1e-6 && (is_wrong || n % 10 == 0) {
                    points.push((width, 100.0 * wrong as f64 / (n + 1) as f64));
                }
            }
            points
        };
        let curves = both.map(curve);
        let top = curves.iter().flatten().map(|p| p.1).fold(0.5, f64::max) * 1.15;
        let mut chart = chart!(root, (1e-6..1.0).log_scale(), 0.0..top, "", "");
        mesh!(chart, "1 − T", "wrong of those above T, %", &short, &one);
        for ((curve, of), colour) in curves.into_iter().zip(both).zip([ORANGE, BLUE]) {
            let width = if colour == BLUE { 3 } else { 2 };
            chart
                .draw_series(LineSeries::new(curve, colour.stroke_width(width)))?
                .label(of.name.clone())
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(width)));
        }
        legend!(chart, SeriesLabelPosition::UpperLeft);
        root.present()?;
        Ok(())
    })
}

/// How often right and wrong answers have which response; the number is logarithmic.
pub(super) fn histogram(of: &Drawn) -> Result<String> {
    drawn(&format!("Responses of right and wrong answers, {}", of.name), |text| {
        const BINS: usize = 25;
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        let count = |is_right: bool| {
            let mut bins = [0usize; BINS];
            for (answer, label) in of.answers.iter().zip(&of.labels) {
                if (answer.class == *label) == is_right {
                    bins[((answer.response * BINS as f64) as usize).min(BINS - 1)] += 1;
                }
            }
            bins
        };
        let mut chart = chart!(root, 0.0..1.0, (0.5..20_000.0).log_scale(), "", "");
        let whole = |figure: &f64| format!("{figure:.0}");
        mesh!(chart, "response r", "images", &one, &whole);
        for (is_right, colour, name) in [(true, BLUE, "right"), (false, ORANGE, "wrong")] {
            // Wrong ones are narrower: both are seen.
            let inset = if is_right { 0.002 } else { 0.012 };
            let bars = count(is_right).into_iter().enumerate().filter(|(_, images)| *images > 0);
            let bars = bars.map(|(n, images)| {
                let (left, right) = (n as f64 / BINS as f64, (n + 1) as f64 / BINS as f64);
                Rectangle::new([(left + inset, 0.5), (right - inset, images as f64)], colour.filled())
            });
            chart
                .draw_series(bars)?
                .label(name)
                .legend(move |(x, y)| Rectangle::new([(x + 5, y - 6), (x + 15, y + 6)], colour.filled()));
        }
        legend!(chart, SeriesLabelPosition::UpperLeft);
        root.present()?;
        Ok(())
    })
}

/// Accuracy at each fixed level, in percent: means over seeds with their intervals.
pub(super) fn levels(both: [(&str, &[Mean]); 2]) -> Result<String> {
    drawn("Accuracy by blur", |text| {
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        let all = both.iter().flat_map(|(_, means)| means.iter());
        let low = all.map(|mean| mean.mean - mean.half).fold(100.0, f64::min);
        let mut chart = chart!(root, -0.1..STRONGEST + 0.1, low.floor()..100.0, "", "");
        mesh!(chart, "blur σ, pixels", "accuracy, %", &one, &one);
        for ((name, means), (colour, aside)) in both.into_iter().zip([(ORANGE, -0.03), (BLUE, 0.03)]) {
            let at = |n: usize| LEVELS[n] + aside;
            let line = means.iter().enumerate().map(|(n, mean)| (at(n), mean.mean));
            chart
                .draw_series(LineSeries::new(line, colour.stroke_width(2)))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2)));
            let bars = means.iter().enumerate().map(|(n, &Mean { mean, half })| {
                PathElement::new([(at(n), mean - half), (at(n), mean + half)], colour.stroke_width(2))
            });
            chart.draw_series(bars)?;
        }
        legend!(chart, SeriesLabelPosition::LowerLeft);
        root.present()?;
        Ok(())
    })
}

/// How many are wrong, upwards and logarithmic, against modelled cycles: a point for each width.
pub(super) fn costs(of: &OfNetwork) -> Result<String> {
    drawn(&format!("Wrong answers against modelled cycles, {}", of.title), |text| {
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        let most = of.points.iter().map(|point| point.1).fold(1.0, f64::max);
        let least = of.points.iter().map(|point| point.2).fold(10.0, f64::min).max(0.01);
        let x = 0.0..most * 1.15;
        let mut chart = chart!(root, x, (least / 2.0..100.0).log_scale(), "", "");
        let whole = |figure: &f64| format!("{figure:.0}");
        let x_name = format!("modelled cycles on {CORE}, thousands");
        mesh!(chart, x_name, format!("wrong: 100 − {}", of.right[0]), &whole, &short);
        for &(numbers, cycles, wrong) in &of.points {
            let colour = if numbers == "4" { ORANGE } else { BLUE };
            chart.draw_series([Circle::new((cycles, wrong), 5, colour.filled())])?;
            let style = TextStyle::from(FONT).color(&BLACK);
            chart.draw_series([Text::new(numbers, (cycles + most * 0.015, wrong), style)])?;
        }
        root.present()?;
        Ok(())
    })
}
