//! Empty: the features in its manifest are all it is for.
