/// One cell of a table of actions: whether something can be done as things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<Refusal = &'static str> {
    /// It can be done.
    Do,
    /// It is so already: nothing is recorded.
    IsSo,
    /// It can't be done; a sentence for whoever asked.
    Refused(Refusal),
}
