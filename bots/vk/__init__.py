"""The VK edge. Importing it is cheap: vkbottle is loaded when a turn is served or a message sent, not before."""
