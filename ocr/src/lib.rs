//! Recognisers of digits and of lines of text that know how far their input is distorted: trained in floats with a layer that
//! sees the distortion, quantised, and run in integers of any width by qgen-runtime.
//!
//! ```text
//!   npm or a folder ─(fetch, idx)─► Digits (data) ─► images with a level of blur (blur) ─┐
//!   fonts, random words ─(text)─► Line: bytes, what is written, a level of blur ─────────┤
//!                                                                                        ▼
//!   Recipe ─► Training: epochs (train) ─► Network: logits (graph, lenet, text) ─► Layer: loss, sees the level (layer)
//!                 ▲      │ checkpoint                                               │
//!                 └──────┴──────── Adam (adam) ◄──── gradients ◄────────────────────┘
//!                 │ all epochs done; the layer is gone
//!                 ▼
//!   Model: floats, metadata (model) ─► Quantised ─► Integer: a network of qgen-runtime (quantise)
//!                 │                                    │
//!                 └─► Candidate (candidate, runner) ◄──┘
//!                       ├─► Recogniser: an image to text, confidence, verdict (images, recogniser)
//!                       ├─► Evaluation: how often it is right (response, metrics, evaluate) ─┐
//!                       └─► Costs: instructions, modelled cycles, times (costs) ─────────────┴─► one page (report)
//! ```
//!
//! A [`Task`](task::Task) says which of the two a network is for. `PROTOCOL.md` fixes what is measured and how; [`protocol`] has
//! its numbers. The additional layer is a reconstruction: the paper's formula is not known to us (see [`layer`]). Networks are
//! trained in floats (`f32`, and `f64` where gradients are checked: [`real`]); [`quantise`] freezes them layer by layer.

pub mod adam;
pub mod blur;
pub mod candidate;
pub mod commands;
pub mod costs;
pub mod data;
pub mod error;
pub mod evaluate;
pub mod fetch;
pub mod files;
pub mod graph;
pub mod idx;
pub mod images;
pub mod layer;
pub mod lenet;
pub mod metrics;
pub mod model;
pub mod protocol;
pub mod quantise;
pub mod random;
pub mod real;
pub mod recogniser;
pub mod report;
pub mod response;
mod runner;
pub mod task;
mod tensors;
pub mod text;
pub mod train;
