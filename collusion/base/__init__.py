"""What every room may use: plain types, parameters, words, errors and the checks of them."""
