"""A headless Chromium that shows pages and reaches nothing by itself."""
