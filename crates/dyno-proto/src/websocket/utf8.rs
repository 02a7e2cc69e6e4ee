//! UTF-8 in pieces: says at the first byte that cannot be right, wherever the text is cut.

/// Validator of one text that comes in any pieces.
#[derive(Debug, Clone, Default)]
pub struct Utf8Stream {
    /// The bytes of a character that is not complete yet.
    pending: [u8; 4],
    pending_len: usize,
}

/// The text is not UTF-8, whatever follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUtf8;

impl Utf8Stream {
    /// Takes the next piece.
    ///
    /// # Errors
    /// When no continuation could make the text so far valid.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<(), NotUtf8> {
        while self.pending_len > 0 {
            let Some((first, rest)) = piece.split_first() else { return Ok(()) };
            self.pending[self.pending_len] = *first;
            self.pending_len += 1;
            piece = rest;
            match str::from_utf8(&self.pending[..self.pending_len]) {
                Ok(_) => self.pending_len = 0,
                Err(error) if error.error_len().is_some() => return Err(NotUtf8),
                Err(_) => {}
            }
        }
        match simdutf8::compat::from_utf8(piece) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_some() => Err(NotUtf8),
            Err(error) => {
                let tail = &piece[error.valid_up_to()..];
                self.pending[..tail.len()].copy_from_slice(tail);
                self.pending_len = tail.len();
                Ok(())
            }
        }
    }

    /// Ends the text and gets ready for the next one.
    ///
    /// # Errors
    /// When the last character is not complete.
    pub fn finish(&mut self) -> Result<(), NotUtf8> {
        if std::mem::take(&mut self.pending_len) == 0 { Ok(()) } else { Err(NotUtf8) }
    }
}
