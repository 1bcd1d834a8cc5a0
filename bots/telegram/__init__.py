"""The Telegram edge. Importing it is cheap: aiogram is loaded when a turn is served or a message sent, not before."""
