//! Text for people: headings, paragraphs and tables, in colours only on a terminal.

/// Columns of a paragraph.
const WIDTH: usize = 100;

/// A text that grows.
pub(super) struct Page {
    text: String,
    colours: bool,
}

impl Page {
    pub(super) fn new(colours: bool) -> Page {
        Page { text: String::new(), colours }
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    fn bold(&self, text: &str) -> String {
        if self.colours { format!("\x1b[1m{text}\x1b[0m") } else { text.to_string() }
    }

    /// The head of the page.
    pub(super) fn title(&mut self, text: &str) {
        let title = self.bold(text);
        self.line(&title);
        self.line("");
    }

    /// The head of a stage.
    pub(super) fn stage(&mut self, name: &str, what: &str) {
        let head = self.bold(&format!("== {name}: {what}"));
        self.line("");
        self.line(&head);
    }

    /// A paragraph, its lines broken between words.
    pub(super) fn say(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(&line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(&line);
    }

    /// A paragraph of its own.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.line("");
        self.say(text);
    }

    /// Lines as they are, indented.
    pub(super) fn lines<'t>(&mut self, lines: impl IntoIterator<Item = &'t str>) {
        for line in lines {
            self.line(&format!("  {line}"));
        }
    }

    /// A table: columns under each other, numbers to the right.
    pub(super) fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) {
        let cells = |n: usize| rows.iter().filter_map(move |row| row.get(n));
        let columns: Vec<(usize, bool)> = heads
            .iter()
            .enumerate()
            .map(|(n, head)| {
                let width = cells(n).map(|cell| cell.chars().count()).chain([head.chars().count()]).max();
                let number = |cell: &String| cell.is_empty() || cell.parse::<f64>().is_ok();
                (width.unwrap_or(0), cells(n).all(number))
            })
            .collect();
        let drawn = |row: &mut dyn Iterator<Item = &str>| {
            let mut line = String::new();
            for (cell, &(width, right)) in row.zip(&columns) {
                let space = " ".repeat(width - cell.chars().count());
                line.push_str("  ");
                line.push_str(&if right { format!("{space}{cell}") } else { format!("{cell}{space}") });
            }
            line
        };
        if heads.iter().any(|head| !head.is_empty()) {
            let head = self.bold(drawn(&mut heads.iter().copied()).trim_end());
            self.line(&head);
        }
        for row in rows {
            let line = drawn(&mut row.iter().map(String::as_str));
            self.line(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_colours_only_where_asked_for() {
        let page = |colours| {
            let mut page = Page::new(colours);
            page.title("head");
            page.table(&["name", "n"], &[vec!["a".into(), "10".into()], vec!["b·b".into(), "9".into()]]);
            page.finish()
        };
        assert_eq!(page(false), "head\n\n  name   n\n  a     10\n  b·b    9\n");
        assert!(page(true).contains("\x1b[1mhead\x1b[0m"));
    }

    #[test]
    fn paragraphs_are_broken_between_words() {
        let mut page = Page::new(false);
        page.say(&"word ".repeat(50));
        let text = page.finish();
        assert!(text.lines().count() == 3 && text.lines().all(|line| line.len() <= WIDTH), "{text}");
    }
}
