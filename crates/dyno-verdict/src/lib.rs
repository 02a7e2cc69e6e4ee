//! Objectives and validity: was the target measured, and did it deliver.
