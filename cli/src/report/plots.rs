//! The roofline and the scatter of measurements, drawn with the colours that the page's style sheet knows: it turns
//! them into those of light or dark.

use super::{Measured, Roofline};
use crate::failure::Failure;
use plotters::prelude::*;

type Failed = Box<dyn std::error::Error>;
type Chart<'a, 'b> = ChartContext<
    'a,
    SVGBackend<'b>,
    Cartesian2d<plotters::coord::combinators::LogCoord<f64>, plotters::coord::combinators::LogCoord<f64>>,
>;

const SIZE: (u32, u32) = (640, 480);
const FONT: (&str, i32) = ("sans-serif", 17);
/// Of the palette by Okabe and Ito, which colour-blind people can tell apart; marks differ in shape, too.
const BLUE: RGBColor = RGBColor(0, 114, 178);
const ORANGE: RGBColor = RGBColor(213, 94, 0);
const GREY: RGBColor = RGBColor(90, 90, 90);

/// An `svg` element that says what it shows to those who do not see it.
pub(super) fn labelled(drawing: &str, title: &str) -> String {
    let title = tera::escape_html(title);
    let begins = drawing.find("<svg").unwrap_or(0);
    drawing[begins..].replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{title}\" "), 1).replacen(
        '>',
        &format!("><title>{title}</title>"),
        1,
    )
}

fn drawn(draw: impl FnOnce(&mut String) -> Result<(), Failed>) -> Result<String, Failure> {
    let mut text = String::new();
    draw(&mut text).map_err(|problem| Failure(format!("report: {problem}")))?;
    Ok(text)
}

/// The next powers of two around figures.
fn powers(figures: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let figures = figures.filter(|figure| figure.is_finite() && *figure > 0.0);
    let (low, high) = figures.fold((f64::INFINITY, 0f64), |(low, high), f| (low.min(f), high.max(f)));
    if low > high { 1.0..2.0 } else { low.log2().floor().exp2() * 0.9..high.log2().ceil().exp2() * 1.2 }
}

/// A figure of an axis: whole where it is.
fn plain(figure: &f64) -> String {
    if *figure >= 10.0 || figure.fract() == 0.0 { format!("{figure:.0}") } else { format!("{figure:.2}") }
}

fn chart<'a, 'b>(
    root: &'a DrawingArea<SVGBackend<'b>, plotters::coord::Shift>,
    x: std::ops::Range<f64>,
    y: std::ops::Range<f64>,
    names: (&str, &str),
) -> Result<Chart<'a, 'b>, Failed> {
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(root)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(68)
        .build_cartesian_2d(x.log_scale().base(2.0), y.log_scale().base(2.0))?;
    chart
        .configure_mesh()
        .x_desc(names.0)
        .y_desc(names.1)
        .label_style(FONT)
        .axis_desc_style(FONT)
        .x_label_formatter(&plain)
        .y_label_formatter(&plain)
        .light_line_style(RGBColor(240, 240, 240))
        .draw()?;
    Ok(chart)
}

fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>, position: SeriesLabelPosition) -> Result<(), Failed> {
    chart
        .configure_series_labels()
        .position(position)
        .label_font(FONT)
        .background_style(WHITE)
        .border_style(GREY)
        .draw()?;
    Ok(())
}

/// The roofs, the main loops below them, and the shapes.
pub(super) fn roofline(of: &Roofline) -> Result<String, Failure> {
    drawn(|text| {
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        let ridge = of.compute_macs_per_cycle / of.load_bytes_per_cycle;
        let points = || of.loops.iter().chain(of.shapes.iter().map(|(point, _)| point));
        let x = powers(points().map(|p| p.0).chain([ridge / 2.0, ridge * 2.0]));
        let y = powers(points().map(|p| p.1).chain([of.compute_macs_per_cycle * 1.1]));
        // The legend stands above the roof, where nothing can be.
        let y = y.start..y.end * 4.0;
        let mut chart = chart(&root, x.clone(), y.clone(), ("MAC per byte", "MAC per cycle"))?;
        let slope = |at: f64| (at, at * of.load_bytes_per_cycle);
        let from = (y.start / of.load_bytes_per_cycle).max(x.start);
        let roof = [slope(from), slope(ridge), (x.end, of.compute_macs_per_cycle)];
        chart
            .draw_series(LineSeries::new(roof, BLACK.stroke_width(2)))?
            .label("roof: loads from L1, then arithmetic")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], BLACK.stroke_width(2)));
        chart
            .draw_series(of.loops.iter().map(|&at| Circle::new(at, 4, BLUE.filled())))?
            .label("main loops, bytes loaded")
            .legend(|(x, y)| Circle::new((x + 10, y), 4, BLUE.filled()));
        let within = |l1: bool| of.shapes.iter().filter(move |(_, fits)| *fits == l1).map(|(at, _)| *at);
        if within(true).next().is_some() {
            chart
                .draw_series(within(true).map(|at| TriangleMarker::new(at, 6, ORANGE.filled())))?
                .label("shapes that fit L1, bytes once")
                .legend(|(x, y)| TriangleMarker::new((x + 10, y), 6, ORANGE.filled()));
        }
        if within(false).next().is_some() {
            chart
                .draw_series(within(false).map(|at| Cross::new(at, 4, GREY.stroke_width(2))))?
                .label("larger shapes, bytes once")
                .legend(|(x, y)| Cross::new((x + 10, y), 4, GREY.stroke_width(2)));
        }
        legend(&mut chart, SeriesLabelPosition::UpperRight)?;
        root.present()?;
        Ok(())
    })
}

/// Modelled cycles to the right, measured time upwards.
pub(super) fn scatter(of: &Measured) -> Result<String, Failure> {
    drawn(|text| {
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        let all = || of.classes.iter().flat_map(|(_, points)| points);
        let x = powers(all().map(|p| p.0));
        let y = powers(all().map(|p| p.1));
        let mut chart = chart(&root, x.clone(), y, ("cycles, modelled", "nanoseconds, measured"))?;
        let line = [x.start, x.end].map(|cycles| (cycles, cycles / of.gigahertz));
        chart
            .draw_series(LineSeries::new(line, BLACK.stroke_width(1)))?
            .label(format!("{:.2} GHz", of.gigahertz))
            .legend(|(x, y)| PathElement::new([(x, y), (x + 20, y)], BLACK.stroke_width(1)));
        let points = |n: usize| of.classes[n].1.iter().copied();
        chart
            .draw_series(points(0).map(|at| Circle::new(at, 4, BLUE.filled())))?
            .label(of.classes[0].0.as_str())
            .legend(|(x, y)| Circle::new((x + 10, y), 4, BLUE.filled()));
        chart
            .draw_series(points(1).map(|at| TriangleMarker::new(at, 6, ORANGE.filled())))?
            .label(of.classes[1].0.as_str())
            .legend(|(x, y)| TriangleMarker::new((x + 10, y), 6, ORANGE.filled()));
        chart
            .draw_series(points(2).map(|at| Cross::new(at, 4, GREY.stroke_width(2))))?
            .label(of.classes[2].0.as_str())
            .legend(|(x, y)| Cross::new((x + 10, y), 4, GREY.stroke_width(2)));
        legend(&mut chart, SeriesLabelPosition::LowerRight)?;
        root.present()?;
        Ok(())
    })
}
