//! LeNet-5 whose response knows how far its input is distorted: data, training, evaluation, report.
//!
//! ```text
//!   npm or a folder ─(fetch)─► IDX files ─(idx)─► Digits: training, validation, test (data)
//!                                                   │ blur, a level for each image (blur)
//!                                                   ▼
//!   Recipe ─► Training: epochs (train) ── images ─► Lenet: logits ─► Layer: loss, sees the level (layer)
//!                 ▲      │ checkpoint               (lenet)            │
//!                 └──────┴──────── Adam (adam) ◄──── gradients ◄───────┘
//!                 │ all epochs done; the layer is gone
//!                 ▼
//!   Model: ten tensors, metadata (model) ─► Answers: class, response (response) ─► Evaluation (evaluate, metrics)
//!                                                                                   └─► one page (report)
//! ```
//!
//! `PROTOCOL.md` fixes what is measured and how; [`protocol`] has its numbers. The additional layer is a reconstruction: the
//! paper's formula is not known to us (see [`layer`]). Networks are floats here.

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
