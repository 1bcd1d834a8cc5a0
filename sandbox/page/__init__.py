"""The page of the demonstration: a Telegram phone and a VK phone side by side, live."""
